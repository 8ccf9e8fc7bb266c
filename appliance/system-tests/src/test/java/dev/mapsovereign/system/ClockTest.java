package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.client.DispatchClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node whose clock is wrong, and one that was left alone for years. */
@Tag("slow")
class ClockTest {
    private static final String LIBRARY = "libfaketimeMT.so.1";

    @TempDir private Path folder;

    /**
     * A clock that is set by writing a file, while the monotonic one goes on. Without the last
     * setting the library takes the JVM's monotonic deadlines for times of day, and every timed
     * wait returns at once.
     */
    private final class WrongClock {
        private final Path file = folder.resolve("clock.rc");

        Map<String, String> environment() throws IOException {
            return Map.of(
                    "LD_PRELOAD", library().toString(),
                    "FAKETIME_TIMESTAMP_FILE", file.toString(),
                    "FAKETIME_CACHE_DURATION", "1",
                    "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                    "FAKETIME_FORCE_MONOTONIC_FIX", "0");
        }

        void set(Duration ahead) throws IOException {
            Path next = file.resolveSibling("clock.next");
            Files.writeString(next, "%+d".formatted(ahead.toSeconds()));
            Files.move(
                    next,
                    file,
                    java.nio.file.StandardCopyOption.ATOMIC_MOVE,
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }

        private Path library() throws IOException {
            try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
                List<Path> found =
                        Stream.concat(Stream.of(Path.of("/usr/lib")), folders)
                                .map(each -> each.resolve("faketime").resolve(LIBRARY))
                                .filter(Files::exists)
                                .toList();
                Assumptions.assumeFalse(found.isEmpty(), "no " + LIBRARY + " (package faketime)");
                return found.getFirst();
            }
        }
    }

    private static DispatchClient.Answer call(Site site) {
        return SiteCalls.resolve(site.client(site.apiKey()), site.agentDid());
    }

    @Test
    void clockBeforeTheFloor_nodeRefusesCallsAndGoesOnByItself() throws Exception {
        try (Site site = new Site(folder.resolve("site"))) {
            WrongClock clock = new WrongClock();
            clock.set(Duration.ofDays(-730));
            site.launch(clock.environment());
            site.awaitNotReady(Set.of("clock"));

            DispatchClient.Answer refused = call(site);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body().text("code")).contains("audit_unavailable");
            assertThat(refused.body().toString()).doesNotContain("record_index");
            assertThat(site.records("acme")).isZero();
            assertThat(site.end("clock").status()).isEqualTo(1);
            assertThat(site.end("tenant", "list").status()).isZero();
            for (String[] dated :
                    List.of(
                            new String[] {"ca", "renew"},
                            new String[] {"registry", "import", site.path("medium")},
                            new String[] {"audit", "export", "--to", site.path("medium")})) {
                Site.Ended ended = site.end(dated);
                assertThat(ended.status()).as(ended.said()).isEqualTo(3);
                assertThat(ended.said()).contains("before the time floor");
            }
            site.run("tenant", "create", "made-meanwhile");

            clock.set(Duration.ZERO);
            site.awaitNotReady(Set.of());
            assertThat(call(site).status()).isEqualTo(200);
            assertThat(site.journalHolds("\"state\":\"before_floor\"")).isTrue();
            assertThat(site.journalHolds("\"state\":\"good\"")).isTrue();

            setFloor(site);
            clock.set(Duration.ofHours(-2));
            site.awaitNotReady(Set.of("clock"));
            clock.set(Duration.ZERO);
            site.awaitNotReady(Set.of());
            Path medium = Files.createDirectories(folder.resolve("medium"));
            site.run("audit", "export", "--to", medium.toString());
            SiteCheck.verify(
                    medium,
                    site.run("audit", "status").text("node_key").orElseThrow(),
                    site,
                    "after a wrong clock");
            assertThat(site.stop()).isZero();
        }
    }

    private static void setFloor(Site site) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Site.Ended ahead = site.end("clock", "set-floor", now.plusSeconds(3600).toString());
        assertThat(ahead.status()).as(ahead.said()).isEqualTo(1);
        JsonObject set = site.run("clock", "set-floor", now.minusSeconds(1).toString());
        assertThat(set.text("floor_from")).contains("operator");
    }

    @Test
    void yearsAlone_nodeStartsAndIsRepairedByVerbs() throws Exception {
        try (Site site = new Site(folder.resolve("site"))) {
            assertThat(site.end("expiry").status()).isZero();
            site.run("ca", "crl");
            assertThat(site.end("expiry", "--at", "2099-01-01").status()).isEqualTo(1);
            WrongClock clock = new WrongClock();
            clock.set(Duration.ofDays(1280));
            site.launch(clock.environment());
            site.awaitNotReady(Set.of("certificate", "crl"));
            assertThat(ready(site)).contains("{\"component\":\"registry\"");
            assertThat(call(site).status()).isEqualTo(200);
            assertThat(site.end("expiry").status()).isEqualTo(1);

            JsonObject renewed = site.run("ca", "renew");
            assertThat(renewed.bool("issuer_renewed")).contains(true);
            assertThat(renewed.bool("shown")).contains(true);
            site.awaitNotReady(Set.of("crl"));
            site.run("ca", "crl");
            site.awaitNotReady(Set.of());
            site.run("ca", "renew", "--issuer", "agent");
            site.run(
                    "registry",
                    "create",
                    "--from",
                    site.path("etc/identity/documents"),
                    "--to",
                    site.path("medium"));
            site.run("registry", "import", site.path("medium"));
            assertThat(ready(site)).contains("\"warnings\":[]");
            Site.Ended expiry = site.end("expiry");
            assertThat(expiry.status()).as(expiry.said()).isZero();

            clock.set(Duration.ZERO);
            site.awaitNotReady(Set.of("clock"));
            assertThat(site.stop()).isZero();
        }
    }

    private static String ready(Site site) {
        return site.end("health", "--output", "json").said();
    }
}
