package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.node.client.DispatchClient;
import dev.mapsovereign.testing.TestDatabase;
import dev.mapsovereign.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole site is backed up while it serves, lost, and set up again. */
@Tag("slow")
class BackupTest {
    @TempDir private Path folder;
    private Path medium = Path.of("");

    @BeforeEach
    void makeMedium() throws IOException {
        medium = Files.createDirectories(folder.resolve("stick"));
    }

    @Test
    void restore_intoAnEmptyPlace_mustNotGoOnAndANewLogNamesTheOld() throws Exception {
        try (Site site = new Site(folder)) {
            Load load = new Load(site);
            site.start();
            load.start();
            load.await("send ok", 20);
            Path backup = Backups.backup(site, "--with-keys");
            load.await("resolve ok", 5);
            load.stop();
            assertThat(site.stop()).isZero();
            assertThat(site.run("backup", "verify", backup.toString()).bool("verified"))
                    .contains(true);
            Backups.lose(site);

            JsonObject planned = site.run("restore", "--from", backup.toString());
            assertThat(planned.bool("done")).contains(false);
            assertThat(Path.of(site.path("var/db"))).doesNotExist();
            JsonObject restored = site.run("restore", "--from", backup.toString(), "--yes");
            assertThat(restored.bool("done")).contains(true);
            assertThat(restored.array("set_aside").orElseThrow().values()).isEmpty();

            Process refused = site.launch(Map.of());
            assertThat(refused.waitFor(2, TimeUnit.MINUTES)).as(site.logTail()).isTrue();
            assertThat(refused.exitValue()).as(site.logTail()).isEqualTo(1);
            assertThat(site.logTail()).contains("was restored from", "map audit new-log");
            goOn(site, backup);
        }
    }

    private void goOn(Site site, Path backup) throws Exception {
        String former = site.run("audit", "new-log", "--dry-run").text("former_node").orElseThrow();
        JsonObject begun = site.run("audit", "new-log", "--end", former, "--reason", "fire");
        List<JsonValue> backedUp = description(backup).array("logs").orElseThrow().values();
        List<String> continued =
                begun.array("continues").orElseThrow().values().stream()
                        .map(each -> ((JsonObject) each).text("origin").orElseThrow())
                        .toList();
        assertThat(continued).containsExactlyInAnyOrder(former + "/_node", former + "/acme");
        site.start();
        DispatchClient client = site.client(site.apiKey());
        assertThat(SiteCalls.resolve(client, site.agentDid()).status()).isEqualTo(200);
        assertThat(SiteCalls.receive(client, site.agentDid(), List.of()).status()).isEqualTo(200);
        for (JsonValue each : begun.array("continues").orElseThrow().values()) {
            JsonObject log = (JsonObject) each;
            assertThat(
                            site.journalHolds(
                                    "\"continues\":{\"origin\":\"%s\",\"reason\":\"fire\",\"root\":\"%s\",\"size\":\"%s\"}"
                                            .formatted(
                                                    log.text("origin").orElseThrow(),
                                                    log.text("root").orElseThrow(),
                                                    log.text("size").orElseThrow())))
                    .as(log.toString())
                    .isTrue();
            assertThat(Long.parseLong(log.text("size").orElseThrow()))
                    .isGreaterThanOrEqualTo(size(backedUp, log.text("origin").orElseThrow()));
        }
        assertThat(site.run("audit", "status").text("node").orElseThrow()).isNotEqualTo(former);
        assertThat(site.stop()).isZero();
    }

    private static long size(List<JsonValue> logs, String origin) {
        return logs.stream()
                .map(each -> (JsonObject) each)
                .filter(each -> each.text("origin").orElseThrow().equals(origin))
                .mapToLong(each -> Long.parseLong(each.text("size").orElseThrow()))
                .sum();
    }

    @Test
    @Tag("slow")
    void restore_databaseOnly_catchesUpFromTheJournalAndTheLogGoesOn() throws Exception {
        try (Site site = new Site(folder)) {
            site.start();
            DispatchClient client = site.client(site.apiKey());
            call(site, client, 30);
            Path backup = Backups.backup(site);
            call(site, client, 30);
            assertThat(site.end("restore", "--from", backup.toString()).status()).isEqualTo(3);
            assertThat(site.stop()).isZero();
            String node = site.run("audit", "status").text("node").orElseThrow();
            long records = site.records("acme");
            Path database = Path.of(site.path("var/db/map.mv.db"));
            Files.write(database, new byte[4096]);

            String[] restore = {"restore", "--from", backup.toString(), "--database-only", "--yes"};
            assertThat(site.end(restore).said()).contains("is not empty", "--replace");
            JsonObject restored = site.run(Backups.with(restore, "--replace"));
            assertThat(restored.array("set_aside").orElseThrow().values()).hasSize(1);
            site.start();
            assertThat(site.run("audit", "status").text("node")).contains(node);
            call(site, client, 3);
            assertThat(site.records("acme")).isEqualTo(records + 3);
            awaitVerified(site);
            assertThat(site.stop()).isZero();

            // Without its log the database would know what nobody can check.
            Path audit = Path.of(site.path("var/audit"));
            Files.move(audit, folder.resolve("newer"));
            Ended other = end(site, Backups.with(restore, "--replace"));
            assertThat(other.status()).as(other.said()).isEqualTo(1);
            assertThat(other.said()).contains("there is no audit log");
            assertThat(audit.resolve("journal")).doesNotExist();
        }
    }

    @Test
    void backup_anyFileChangedOrMissing_isNamedAndEndsWithFour() throws Exception {
        try (Site site = new Site(folder)) {
            Path backup = Backups.backup(site, "--with-keys");
            List<Path> files = Backups.files(backup);
            assertThat(files).hasSizeGreaterThan(30);
            for (Path file : files) {
                byte[] content = Files.readAllBytes(file);
                byte[] changed =
                        content.length == 0
                                ? new byte[] {1}
                                : Arrays.copyOf(content, content.length);
                changed[changed.length / 2] ^= 4;
                Files.write(file, changed);
                assertRefused(site, backup, file);
                Files.delete(file);
                if (!file.endsWith("manifest.sig")) {
                    assertRefused(site, backup, file);
                }
                Files.write(file, content);
            }
            assertThat(end(site, "backup", "verify", backup.toString()).status()).isZero();
            Files.writeString(backup.resolve("added"), "x");
            assertThat(site.run("backup", "verify", backup.toString()).array("strays"))
                    .as("what is not of it")
                    .isPresent();
            String other = "0".repeat(64);
            assertThat(end(site, "backup", "verify", backup.toString(), "--node-key", other))
                    .extracting(Ended::status)
                    .isEqualTo(4);
        }
    }

    private static void assertRefused(Site site, Path backup, Path file) {
        Ended verified = end(site, "backup", "verify", backup.toString());
        assertThat(verified.status()).as("%s: %s", file, verified.said()).isEqualTo(4);
        assertThat(verified.said()).contains(file.getFileName().toString());
        Ended restored = end(site, "restore", "--from", backup.toString(), "--yes", "--replace");
        assertThat(restored.status()).as("%s: %s", file, restored.said()).isEqualTo(4);
    }

    @Test
    void backup_withoutKeys_leavesThoseThatAreHere() throws Exception {
        try (Site site = new Site(folder)) {
            Path backup = Backups.backup(site);
            for (Path file : Backups.files(backup)) {
                assertThat(file.toString()).doesNotEndWith(".key").doesNotContain("privkey");
            }
            Map<String, String> before = Backups.contents(site);
            JsonObject restored =
                    site.run("restore", "--from", backup.toString(), "--yes", "--replace");
            assertThat(restored.toString()).contains("stays with the keys");
            assertThat(Backups.contents(site)).containsAllEntriesOf(before);
            assertThat(end(site, "audit", "status").said()).contains("was restored from");
        }
    }

    @Test
    @Tag("slow")
    void backup_keep_removesTheOldestAndWhatWasNeverFinished() throws Exception {
        try (Site site = new Site(folder)) {
            Path first = Backups.backup(site);
            Path unfinished = Path.of(first + "1.unfinished");
            Files.createDirectories(unfinished.resolve("audit"));
            Path second = Backups.backup(site, "--keep", "2");
            Path third = Backups.backup(site, "--keep", "2");
            try (Stream<Path> left = Files.list(medium)) {
                assertThat(left).containsExactlyInAnyOrder(second, third);
            }
            Ended within = end(site, "backup", "--to", site.path("var/audit"));
            assertThat(within.status()).as(within.said()).isEqualTo(2);
            Ended nowhere = end(site, "backup", "--to", site.path("nowhere"));
            assertThat(nowhere.status()).as(nowhere.said()).isEqualTo(3);
        }
    }

    @Test
    @Tag("slow")
    void backup_onPostgres_saysThatTheDatabaseIsNotInIt() throws Exception {
        try (TestPostgres postgres = TestPostgres.start()) {
            TestDatabase database = postgres.freshDatabase();
            String allowed =
                    "[sovereign]\nallowed_egress = [\"127.0.0.1:%d\"]\n".formatted(database.port());
            try (Site site = new Site(folder, database.url(), allowed)) {
                Path backup = Backups.backup(site, "--with-keys");
                JsonObject described = description(backup);
                assertThat(described.text("database")).contains("postgresql");
                assertThat(backup.resolve("database")).doesNotExist();
                assertThat(site.run("backup", "--to", medium.toString(), "--dry-run").toString())
                        .contains("pg_dump");
                Ended only =
                        end(
                                site,
                                "restore",
                                "--from",
                                backup.toString(),
                                "--database-only",
                                "--yes");
                assertThat(only.status()).as(only.said()).isEqualTo(1);
                assertThat(only.said()).contains("it was of postgresql");
                Backups.lose(site);
                assertThat(site.run("restore", "--from", backup.toString(), "--yes").bool("done"))
                        .contains(true);
                assertThat(end(site, "audit", "status").said()).contains("was restored from");
            }
        }
    }

    private record Ended(int status, String said) {}

    private static Ended end(Site site, String... arguments) {
        Site.Ended ended = site.end(arguments);
        return new Ended(ended.status(), ended.said());
    }

    private static JsonObject description(Path backup) throws IOException {
        return JsonReader.parseObject(
                Files.readAllBytes(backup.resolve("backup.json")), JsonReader.Limits.DEFAULT);
    }

    private static void call(Site site, DispatchClient client, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(SiteCalls.resolve(client, site.agentDid()).status()).isEqualTo(200);
        }
    }

    /** The index follows the journal. */
    private static void awaitVerified(Site site) throws InterruptedException {
        Site.Ended verified = site.end("audit", "verify", "--database");
        for (int tries = 0; verified.status() != 0 && tries < 100; tries++) {
            Thread.sleep(100);
            verified = site.end("audit", "verify", "--database");
        }
        assertThat(verified.status()).as(verified.said()).isZero();
    }

    @Test
    void node_whileARestoreIsUnderWay_opensNothing() throws Exception {
        try (Site site = new Site(folder)) {
            Path underWay = Path.of(site.path("var/restore-under-way"));
            Files.writeString(
                    underWay,
                    "{\"backup\":\"b\",\"database_only\":false,\"node\":\"n\",\"places\":[],\"tag\":\"t\"}");
            Ended refused = end(site, "tenant", "list");
            assertThat(refused.status()).as(refused.said()).isEqualTo(1);
            assertThat(refused.said()).contains("run map restore again");
            assertThat(site.run("restore").bool("done")).contains(false);
            assertThat(underWay).exists();
            assertThat(site.run("restore", "--yes").bool("continued")).contains(true);
            assertThat(end(site, "tenant", "list").status()).isZero();
            assertThat(Set.of(end(site, "restore", "--yes").status())).containsExactly(2);
        }
    }
}
