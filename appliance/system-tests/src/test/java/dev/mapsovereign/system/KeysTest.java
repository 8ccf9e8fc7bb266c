package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.client.DispatchClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real node whose log keys change under load, and one that keeps what calls carried. */
@Tag("slow")
class KeysTest {
    @TempDir Path folder;

    @Test
    void rotate_onARunningNodeAndWithoutOne_callsGoOnAndTheAuditorFollows() throws Exception {
        try (Site site = new Site(folder)) {
            Path key = Path.of(site.path("etc/keys/log.key"));
            Path blocks = Files.createLink(folder.resolve("old-blocks"), key);
            String first = site.run("audit", "status").text("node_key").orElseThrow();
            site.start();
            site.run("audit", "export", "--to", site.path("medium"));
            JsonObject planned = site.run("keys", "rotate", "log", "--dry-run");
            assertThat(planned.integer("new_epoch")).hasValue(1);
            assertThat(site.run("keys", "status").integer("epoch")).hasValue(0);

            JsonObject rotated = rotateUnderLoad(site);

            assertThat(rotated.integer("new_epoch")).hasValue(1);
            assertThat(rotated.text("old_node_key")).contains(first);
            assertThat(rotated.text("new_node_key").orElseThrow()).isNotEqualTo(first);
            assertThat(Files.readAllBytes(blocks)).containsOnly(0);
            assertThat(key.resolveSibling("log.next.key")).doesNotExist();
            site.run("audit", "export", "--to", site.path("medium"));
            site.kill();
            site.run("keys", "rotate", "log");
            site.start();
            assertThat(call(site).ok()).isTrue();
            JsonObject status = site.run("keys", "status");
            assertThat(status.integer("epoch")).hasValue(2);
            assertThat(status.bool("rotation_under_way")).contains(false);
            site.run("audit", "export", "--to", site.path("medium"));
            assertThat(site.stop()).isZero();
            assertThat(verify(site, first)).isZero();
        }
    }

    private static JsonObject rotateUnderLoad(Site site) throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong answered = new AtomicLong();
        List<Integer> others = new ArrayList<>();
        Thread caller =
                Thread.ofVirtual()
                        .start(() -> {
                            while (!over.get()) {
                                DispatchClient.Answer answer = call(site);
                                if (answer.ok()) {
                                    answered.incrementAndGet();
                                } else {
                                    others.add(answer.status());
                                }
                            }
                        });
        JsonObject rotated = site.run("keys", "rotate", "log");
        long until = answered.get() + 3;
        while (answered.get() < until && others.isEmpty()) {
            Thread.sleep(5);
        }
        over.set(true);
        caller.join();
        assertThat(others).isEmpty();
        return rotated;
    }

    private static DispatchClient.Answer call(Site site) {
        return site.client(site.apiKey())
                .dispatch(
                        "OAS",
                        Optional.empty(),
                        "resolve",
                        JsonObject.builder().put("did", site.agentDid()).build(),
                        Optional.empty());
    }

    /** By the program, with the first key alone. */
    private static int verify(Site site, String key) throws IOException, InterruptedException {
        Path policy = Path.of(site.path("policy.txt"));
        Files.writeString(policy, "log " + key + "\nquorum none\n");
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        "dev.mapsovereign.verifier.Main",
                        "bundle",
                        site.path("medium/MAP-AUDIT"),
                        "--trust",
                        policy.toString())
                .redirectErrorStream(true)
                .redirectOutput(Path.of(site.path("verify.log")).toFile())
                .start()
                .waitFor();
    }

    @Test
    void payloads_switchedOn_areReadBackByTheCallAndTheReadingIsRecorded() throws Exception {
        try (Site site = new Site(folder)) {
            Path payloads = Path.of(site.path("var/audit/payloads"));
            site.start();
            assertThat(call(site).ok()).isTrue();
            assertThat(site.stop()).isZero();
            assertThat(payloads).doesNotExist();
            assertThat(payloads.resolveSibling("payload-keys")).doesNotExist();

            Files.writeString(
                    Path.of(site.path("etc/map.toml")),
                    "\n[audit.payloads]\nenabled = true\n",
                    StandardOpenOption.APPEND);
            site.run("keys", "generate", "payload");
            site.start();
            JsonObject answer = call(site).body();
            String id =
                    answer.object("metadata")
                            .flatMap(metadata -> metadata.text("correlation_id"))
                            .or(() -> answer.text("correlation_id"))
                            .orElseThrow();
            assertThat(site.stop()).isZero();

            JsonArray parts =
                    site.run("audit", "payload", id, "--tenant", "acme")
                            .array("payloads")
                            .orElseThrow();
            assertThat(parts.values()).hasSize(2);
            assertThat(parts.values().stream().map(part -> ((JsonObject) part).text("text")))
                    .anyMatch(text -> text.orElse("").contains("\"operation\""))
                    .allMatch(text -> text.orElse("").contains(site.agentDid()));
            assertThat(grep(payloads, site.agentDid())).isZero();
            assertThat(grep(Path.of(site.path("var/audit/journal")), "payload_read")).isPositive();
        }
    }

    /** How many files hold a text in clear. */
    private static long grep(Path in, String text) throws IOException {
        try (Stream<Path> files = Files.walk(in)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> {
                        try {
                            return Files.readString(file, StandardCharsets.ISO_8859_1)
                                    .contains(text);
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    })
                    .count();
        }
    }
}
