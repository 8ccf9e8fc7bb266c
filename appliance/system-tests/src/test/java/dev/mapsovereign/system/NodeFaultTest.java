package dev.mapsovereign.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.client.DispatchClient;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The whole node under whatever else happens to machines: a second one, clocks, old images. */
@ExtendWith(SeededRandomExtension.class)
@Tag("slow")
class NodeFaultTest {
    /**
     * Debian's; it answers clock questions as a file says, and leaves the monotonic clock alone.
     */
    private static final Path FAKETIME =
            Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");

    @TempDir private Path folder;

    @Test
    void secondNode_onTheSameFolder_isRefusedNamingTheHolder(SeededRandom random) throws Exception {
        try (Site site = new Site(folder)) {
            Load load = new Load(site);
            site.start();
            load.start();
            load.await("resolve ok", 20);
            Process second =
                    site.java("dev.mapsovereign.node.Main", "serve")
                            .redirectErrorStream(true)
                            .start();
            String said = new String(second.getInputStream().readAllBytes(), UTF_8);
            assertThat(second.waitFor()).as(said).isEqualTo(3);
            assertThat(said).contains("is in use by process " + site.pid());
            load.await("send ok", 20);
            load.stop();
            SiteCheck.check(site, load, "a second node, " + random);
            assertThat(site.stop()).isZero();
        }
    }

    @Test
    void clock_stepsBackAnHourAndForwardAYear_isRecordedAndNothingElse(SeededRandom random)
            throws Exception {
        Assumptions.assumeTrue(
                Files.exists(FAKETIME), "no " + FAKETIME + ": apt-get install faketime");
        Path offset = folder.resolve("offset");
        Files.writeString(offset, "+0\n");
        Map<String, String> faked =
                Map.of(
                        "LD_PRELOAD", FAKETIME.toString(),
                        "FAKETIME_TIMESTAMP_FILE", offset.toString(),
                        "FAKETIME_CACHE_DURATION", "1",
                        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                        // Its own probe, whether a fix is needed, hangs in a Java process.
                        "FAKETIME_FORCE_MONOTONIC_FIX", "0");
        try (Site site = new Site(folder)) {
            Load load = new Load(site);
            site.start(faked);
            load.start();
            load.await("resolve ok", 20);
            // At such times identities are not valid yet, or no more: refusals are records too.
            // An hour and a second: what is measured is a few microseconds more or less.
            step(site, offset, "-3601\n", "-360");
            step(site, offset, "+" + 365L * 24 * 3600 + "\n", "3153");
            step(site, offset, "+0\n", "-3153");
            load.await("send ok", 20);
            load.stop();
            SiteCheck.check(site, load, "clocks, " + random);
            assertThat(site.stop()).isZero();
        }
    }

    @Test
    void image_setBackWithAnExportAtHand_isFoundAndSignsNothingMore(SeededRandom random)
            throws Exception {
        try (Site site = new Site(folder)) {
            Load load = new Load(site);
            Path old = folder.resolve("old");
            copy(Path.of(site.path("var")), old);
            site.start();
            load.start();
            load.await("send ok", 10 + random.nextInt(20));
            load.stop();
            SiteCheck.check(site, load, "before, " + random);
            site.run("audit", "export", "--to", site.path("medium"));
            String key = site.run("audit", "status").text("node_key").orElseThrow();
            assertThat(site.stop()).isZero();

            Files.move(Path.of(site.path("var")), folder.resolve("true"));
            Files.move(old, Path.of(site.path("var")));
            site.start();
            DispatchClient client = site.client(site.apiKey());
            assertThat(SiteCalls.resolve(client, site.agentDid()).status()).isEqualTo(200);
            Site.Ended export = site.end("audit", "export", "--to", site.path("medium"));
            assertThat(export.status()).as(export.said()).isEqualTo(4);
            assertThat(export.said()).contains("this log was set back");
            site.awaitNotReady(Set.of("audit"));
            DispatchClient.Answer refused = SiteCalls.resolve(client, site.agentDid());
            assertThat(refused.body().text("code")).contains("audit_unavailable");
            site.kill();
            // A restart does not make it forget.
            Process again = site.launch(Map.of());
            assertThat(again.waitFor(2, TimeUnit.MINUTES)).as(site.logTail()).isTrue();
            assertThat(again.exitValue()).as(site.logTail()).isEqualTo(4);
            assertThat(site.logTail()).contains("second history", "nothing was cut");
            // The medium is as it was; the node that was set back put nothing on it.
            SiteCheck.verify(Path.of(site.path("medium")), key, site, random.toString());
            goOnWithANewLog(site, random);
        }
    }

    /** As an operator does once it is known which history is the true one. */
    private void goOnWithANewLog(Site site, SeededRandom random) throws Exception {
        JsonObject planned = site.run("audit", "new-log", "--dry-run");
        String former = planned.text("former_node").orElseThrow();
        JsonObject begun =
                site.run("audit", "new-log", "--end", former, "--reason", "it was set back");
        assertThat(begun.array("continues")).isEqualTo(planned.array("continues"));
        site.start();
        DispatchClient client = site.client(site.apiKey());
        assertThat(SiteCalls.resolve(client, site.agentDid()).status()).isEqualTo(200);
        JsonObject status = site.run("audit", "status");
        assertThat(status.text("node")).isNotEqualTo(begun.text("former_node"));
        Path medium = Files.createDirectories(folder.resolve("other-medium"));
        site.run("audit", "export", "--to", medium.toString());
        SiteCheck.verify(
                medium, status.text("node_key").orElseThrow(), site, "a new log, " + random);
        assertThat(site.stop()).isZero();
    }

    @Test
    void flood_withoutCredential_growsTheLogByItsBoundAloneAndTenantsAreServed(SeededRandom random)
            throws Exception {
        try (Site site = new Site(folder)) {
            Load load = new Load(site);
            site.start();
            long before = site.records("_node");
            long began = System.nanoTime();
            AtomicBoolean on = new AtomicBoolean(true);
            AtomicInteger limited = new AtomicInteger();
            List<Thread> flood = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                flood.add(Thread.ofVirtual().start(() -> flood(site, on, limited)));
            }
            load.start();
            load.await("send ok", 50);
            load.await("resolve ok", 50);
            while (limited.get() < 200) {
                Thread.sleep(10);
            }
            on.set(false);
            for (Thread thread : flood) {
                thread.join();
            }
            load.stop();
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began) + 1;
            // One source: a burst of 20, 5 a second, and one count of the others a second.
            assertThat(site.records("_node") - before).isBetween(1L, 20 + 6 * seconds);
            SiteCheck.check(site, load, "a flood, " + random);
            assertThat(site.stop()).isZero();
        }
    }

    @Test
    void tenant_beyondItsQuota_isRefusedAlone(SeededRandom random) throws Exception {
        try (Site site =
                new Site(
                        folder,
                        "h2:" + folder.resolve("var/db/map"),
                        """
                        [audit]
                        tenant_quota = "1 MiB"
                        """)) {
            Load load = new Load(site);
            site.run("tenant", "create", "bolt");
            String other =
                    site.run(
                                    "apikey",
                                    "create",
                                    "--tenant",
                                    "bolt",
                                    "--did",
                                    "did:oas:bolt:agent:b")
                            .text("api_key")
                            .orElseThrow();
            site.run(
                    "capability",
                    "grant",
                    "--tenant",
                    "bolt",
                    "--did",
                    "did:oas:bolt:agent:b",
                    "map.oas.resolve");
            site.start();
            load.start();
            load.await("resolve audit_unavailable", 5);
            load.await("send audit_unavailable", 5);
            assertThat(SiteCalls.resolve(site.client(other), site.agentDid()).status())
                    .isEqualTo(200);
            load.stop();
            site.awaitNotReady(Set.of());
            assertThat(site.stop()).isZero();
            // With more room the tenant goes on where it was.
            Path config = Path.of(site.path("etc/map.toml"));
            Files.writeString(config, Files.readString(config).replace("1 MiB", "64 MiB"));
            site.start();
            SiteCheck.check(site, load, "a quota, " + random);
            assertThat(site.stop()).isZero();
        }
    }

    /** Sets the clock, and waits until the node has recorded a step of about so many seconds. */
    private static void step(Site site, Path offset, String to, String step) throws Exception {
        Files.writeString(offset, to);
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!site.journalHolds("\"step_us\":" + step)) {
            assertThat(System.nanoTime()).as(site.logTail()).isLessThan(until);
            Thread.sleep(200);
        }
    }

    private static void flood(Site site, AtomicBoolean on, AtomicInteger limited) {
        DispatchClient client = site.client("map_live_nobody_AAAA");
        while (on.get()) {
            if (SiteCalls.resolve(client, site.agentDid()).status() == 429) {
                limited.incrementAndGet();
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
    }
}
