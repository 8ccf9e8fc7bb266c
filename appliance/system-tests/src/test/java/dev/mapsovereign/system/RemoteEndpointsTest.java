package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.node.client.DispatchClient;
import dev.mapsovereign.system.RemoteEndpoint.Mood;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole node in front of three remote processes, over TLS that both sides prove themselves in:
 * one fails, hangs, gets slow, dies and comes back, and is taken out by hand and by configuration,
 * while reads go on. None of them may fail.
 */
@Tag("slow")
class RemoteEndpointsTest {
    private static final int CALLERS = 4;

    @TempDir private Path folder;
    private final List<RemoteEndpoint> remotes = new ArrayList<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger answered = new AtomicInteger();
    private final List<String> refused = new CopyOnWriteArrayList<>();

    private static String configuration(List<RemoteEndpoint> named, Path folder) {
        String list =
                String.join(
                        ", ",
                        named.stream()
                                .map(each -> "\"https://" + each.authority() + "/v1/dispatch\"")
                                .toList());
        return """

        [[engine.external]]
        protocol = "LEDGER"
        version = "v1.0.0"
        endpoints = [%s]
        schemas = "%s"
        cert_file = "%s"
        key_file = "%s"
        health_path = "/health"
        health_interval = "200ms"
        health_fall = 10
        [engine.external.retry]
        try_timeout = "400ms"
        budget_percent = 100
        budget_burst = 1000
        [engine.external.outlier]
        failures_in_a_row = 3
        ejection_time = "2s"
        [engine.breaker]
        slow_time = "150ms"
        slow_percent = 80
        calls_min = 8
        window = 16
        open_time = "1s"
        """
                .formatted(
                        list,
                        folder.resolve("schemas"),
                        folder.resolve("etc/client/fullchain.pem"),
                        folder.resolve("etc/client/privkey.pem"));
    }

    private static String egress(List<RemoteEndpoint> named) {
        return "[sovereign]\nallowed_egress = ["
                + String.join(
                        ", ", named.stream().map(each -> "\"" + each.authority() + "\"").toList())
                + "]\n";
    }

    private void writeSchemas() throws IOException {
        Path schemas = Files.createDirectories(folder.resolve("schemas"));
        Files.writeString(
                schemas.resolve("operations.read.request.json"),
                "{\"type\":\"object\",\"x-map-read-only\":true}");
        Files.writeString(
                schemas.resolve("operations.read.response.json"), "{\"type\":\"object\"}");
    }

    private String issue(Site site, String profile, String to) {
        site.run(
                "ca", "issue", "--profile", profile, "--name", "127.0.0.1", "--out", site.path(to));
        return site.path(to);
    }

    @Test
    @Timeout(300)
    void calls_oneOfThreeMisbehaves_areAllAnswered() throws Exception {
        try (Site site = new Site(folder)) {
            writeSchemas();
            issue(site, "client", "etc/client");
            for (int i = 0; i < 3; i++) {
                remotes.add(
                        new RemoteEndpoint(
                                Path.of(issue(site, "server", "etc/remote" + i)),
                                Path.of(site.path("var/ca/root.pem"))));
            }
            Path file = folder.resolve("etc/map.toml");
            String common = Files.readString(file) + egress(remotes);
            Files.writeString(file, common + configuration(remotes, folder));
            site.run(
                    "capability",
                    "grant",
                    "--tenant",
                    "acme",
                    "--did",
                    site.agentDid(),
                    "map.ledger.*");
            site.start();
            for (RemoteEndpoint remote : remotes) {
                awaitCondition(site, remote, "serving"::equals);
            }
            long before = site.records("acme");
            List<Thread> callers = callers(site);
            awaitTraffic(remotes);

            misbehaves(site, remotes.get(0), Mood.FAILING, "ejected");
            misbehaves(site, remotes.get(1), Mood.HANGING, "ejected");
            misbehaves(site, remotes.get(2), Mood.SLOW, "open");
            diesAndComesBack(site, remotes.get(0));
            isDrained(site, remotes.get(1));
            isTakenOutOfTheConfiguration(site, file, common);

            over.set(true);
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(refused).isEmpty();
            assertThat(answered).hasValueGreaterThan(100);
            assertThat(site.records("acme") - before)
                    .as("one record a call, however often it was tried")
                    .isEqualTo(answered.get());
            assertThat(site.stop()).isZero();
        } finally {
            over.set(true);
            remotes.forEach(RemoteEndpoint::close);
        }
    }

    private List<Thread> callers(Site site) {
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            DispatchClient client = site.client(site.apiKey());
            callers.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                while (!over.get()) {
                                    DispatchClient.Answer answer =
                                            SiteCalls.call(
                                                    client, "LEDGER", "read", JsonObject.EMPTY);
                                    if (answer.ok()) {
                                        answered.incrementAndGet();
                                    } else {
                                        refused.add(answer.body().toString());
                                    }
                                }
                            }));
        }
        return callers;
    }

    private void awaitTraffic(List<RemoteEndpoint> at) throws InterruptedException {
        for (RemoteEndpoint remote : at) {
            int before = remote.calls.get();
            while (remote.calls.get() < before + 5) {
                assertThat(refused).isEmpty();
                Thread.sleep(10);
            }
        }
    }

    private void misbehaves(Site site, RemoteEndpoint remote, Mood mood, String condition)
            throws InterruptedException {
        remote.becomes(mood);
        awaitCondition(site, remote, condition::equals);
        remote.becomes(Mood.WELL);
        awaitTraffic(List.of(remote));
    }

    private void diesAndComesBack(Site site, RemoteEndpoint remote) throws Exception {
        remote.close();
        awaitCondition(site, remote, "unhealthy"::equals);
        remote.restart();
        awaitTraffic(List.of(remote));
    }

    private void isDrained(Site site, RemoteEndpoint remote) throws Exception {
        site.run("endpoint", "drain", "LEDGER", remote.authority());
        awaitIdle(site, remote);
        int before = remote.calls.get();
        awaitTraffic(List.of(remotes.get(0), remotes.get(2)));
        assertThat(remote.calls).hasValue(before);
        site.run("endpoint", "undrain", "LEDGER", remote.authority());
        awaitTraffic(List.of(remote));
    }

    private void isTakenOutOfTheConfiguration(Site site, Path file, String common)
            throws Exception {
        RemoteEndpoint gone = remotes.get(2);
        List<RemoteEndpoint> rest = remotes.subList(0, 2);
        Files.writeString(file, common + configuration(rest, folder));
        JsonObject told = site.run("reload");
        assertThat(told.array("applied").orElseThrow().values())
                .contains(new JsonString("engine.external[0].endpoints"));
        assertThat(told.array("needs_restart").orElseThrow().values()).isEmpty();
        assertThat(endpoints(site)).hasSize(2);
        awaitTraffic(rest);
        int before = gone.calls.get();
        awaitTraffic(rest);
        assertThat(gone.calls).hasValue(before);
    }

    private void awaitCondition(Site site, RemoteEndpoint remote, Predicate<String> condition)
            throws InterruptedException {
        while (!condition.test(of(site, remote).text("condition").orElseThrow())) {
            assertThat(refused).isEmpty();
            Thread.sleep(20);
        }
    }

    private void awaitIdle(Site site, RemoteEndpoint remote) throws InterruptedException {
        while (of(site, remote).integer("in_flight").orElseThrow() > 0) {
            Thread.sleep(20);
        }
    }

    private static List<JsonObject> endpoints(Site site) {
        return site.run("endpoint", "list").array("endpoints").orElseThrow().values().stream()
                .map(value -> (JsonObject) value)
                .toList();
    }

    private static JsonObject of(Site site, RemoteEndpoint remote) {
        return endpoints(site).stream()
                .filter(each -> each.text("endpoint").orElseThrow().equals(remote.authority()))
                .findFirst()
                .orElseThrow();
    }
}
