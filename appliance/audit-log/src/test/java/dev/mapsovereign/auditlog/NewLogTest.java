package dev.mapsovereign.auditlog;

import static dev.mapsovereign.auditlog.TestLog.ACME;
import static dev.mapsovereign.auditlog.TestLog.BOLT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that must not go on is laid aside, and another one names it. */
class NewLogTest {
    private static final String REASON = "set back to the image of 1 May";

    @TempDir private Path folder;

    /** What is left of a log: its node, and the newest checkpoints. */
    private record Former(String node, Checkpoint ofNode, Checkpoint ofAcme) {}

    /** A log with records of one tenant and none of another, closed. */
    private Former former(int records) {
        try (AuditLog log = TestLog.open(folder)) {
            TestLog.append(log, ACME, records);
            return new Former(
                    log.node(),
                    Checkpoint.parse(log.publishCheckpoint(TenantId.NODE).text()),
                    Checkpoint.parse(log.publishCheckpoint(ACME).text()));
        }
    }

    private static JsonObject continues(AuditRecord record) {
        return record.meta().object("continues").orElseThrow();
    }

    private static void requireNames(JsonObject continues, Checkpoint former) {
        assertThat(continues.text("origin")).contains(former.origin());
        assertThat(continues.text("size")).contains(Long.toString(former.size()));
        assertThat(continues.text("root")).contains(Hex.encode(former.root()));
        assertThat(continues.text("reason")).contains(REASON);
    }

    private Map<String, String> files(Path below) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(below)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                if (!file.getFileName().toString().startsWith("lock")) {
                    files.put(
                            below.relativize(file).toString(),
                            Hex.encode(Files.readAllBytes(file)));
                }
            }
        }
        return files;
    }

    @Test
    void open_restoredFromABackup_isRefusedUntilANewLogNamesIt() throws IOException {
        Former former = former(3);
        Files.write(
                folder.resolve(RestoredLog.FILE),
                RestoredLog.mark("map-backup-of-then", java.time.Instant.EPOCH));
        Map<String, String> before = files(folder);
        assertThatThrownBy(() -> TestLog.open(folder))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> {
                            assertThat(e.exit()).isEqualTo(ExitCode.FAILED);
                            assertThat(e).hasMessageContaining("map-backup-of-then on 1970-");
                            assertThat(e.hint().orElseThrow()).contains("map audit new-log");
                        });
        assertThat(files(folder)).isEqualTo(before);

        NewLog.begin(folder, former.node(), REASON);
        try (AuditLog log = TestLog.open(folder)) {
            assertThat(log.node()).isNotEqualTo(former.node());
            requireNames(
                    continues(AuditRecord.parse(log.record(TenantId.NODE, 0))), former.ofNode());
        }
    }

    @Test
    void newLog_afterASecondHistory_namesWhatItContinuesInEachFirstRecord() throws IOException {
        Former former = former(300);
        try (AuditLog log = TestLog.open(folder)) {
            log.stop(log.checkpoint(ACME)); // as if the tree had never had it
        }
        try (AuditLog log = TestLog.open(folder)) {
            assertThat(log.status().unavailable()).isPresent();
        }
        Map<String, String> before = files(folder);

        NewLog.Report planned = NewLog.plan(folder);
        assertThat(files(folder)).as("a dry run").isEqualTo(before);
        assertThat(planned.former()).containsExactly(former.ofNode(), former.ofAcme());
        NewLog.Report report = NewLog.begin(folder, former.node(), REASON);

        assertThat(report).isEqualTo(planned);
        assertThat(report.formerNode()).isEqualTo(former.node());
        assertThat(files(report.aside())).as("laid aside, unchanged").isEqualTo(before);
        try (AuditLog log = TestLog.open(folder)) {
            assertThat(log.node()).isNotEqualTo(former.node()).startsWith("site.");
            TestLog.append(log, ACME, 3);
            TestLog.append(log, BOLT, 1);
            LogCheck.Checked checked = LogCheck.check(log);
            List<AuditRecord> node = checked.of(TenantId.NODE);
            requireNames(continues(node.getFirst()), former.ofNode());
            requireNames(continues(node.get(1)), former.ofAcme());
            assertThat(node.get(2).meta().object("continues")).as("it had no records").isEmpty();
            List<AuditRecord> acme = checked.of(ACME);
            requireNames(continues(acme.getFirst()), former.ofAcme());
            assertThat(acme).hasSize(4);
            assertThat(checked.of(BOLT)).hasSize(1);
        }
        try (AuditLog log = TestLog.open(folder)) {
            assertThat(LogCheck.check(log).of(ACME)).as("once").hasSize(4);
        }
    }

    /** Wherever it stops, no log opens until the same call has ended. */
    @Test
    void newLog_interruptedAtEachStep_goesOn() throws IOException {
        Former former = former(3);
        List<String> entries;
        try (Stream<Path> all = Files.list(folder)) {
            entries =
                    all.map(each -> each.getFileName().toString())
                            .filter(name -> !name.startsWith("lock"))
                            .sorted()
                            .toList();
        }
        for (int moved = 0; moved <= entries.size(); moved++) {
            Path copy = Files.createTempDirectory(folder.getParent(), "interrupted");
            TestLog.copy(folder, copy);
            new Succession(former.node(), REASON, List.of(former.ofNode(), former.ofAcme()), false)
                    .write(copy);
            Path aside = Files.createDirectories(copy.resolve("former").resolve(former.node()));
            for (String entry : entries.subList(0, moved)) {
                Files.move(copy.resolve(entry), aside.resolve(entry));
            }
            assertThatThrownBy(() -> TestLog.open(copy))
                    .isInstanceOf(OperatorException.class)
                    .hasMessageContaining("not laid aside");

            NewLog.Report report = NewLog.begin(copy, former.node(), "another reason");

            assertThat(report.formerNode()).isEqualTo(former.node());
            try (AuditLog log = TestLog.open(copy)) {
                requireNames(continues(LogCheck.check(log).of(ACME).getFirst()), former.ofAcme());
            }
        }
    }

    @Test
    void newLog_ofANewLog_namesTheOneBefore() throws IOException {
        Former first = former(2);
        NewLog.begin(folder, first.node(), REASON);
        Former second = former(2);
        assertThat(NewLog.begin(folder, first.node(), "again").formerNode())
                .as("done already: nothing more is ended")
                .isEqualTo(first.node());
        assertThat(NewLog.plan(folder).formerNode()).isEqualTo(second.node());
        NewLog.Report report = NewLog.begin(folder, second.node(), REASON);
        assertThat(report.formerNode()).isEqualTo(second.node());
        try (AuditLog log = TestLog.open(folder)) {
            List<AuditRecord> acme = LogCheck.check(log).of(ACME);
            requireNames(continues(acme.getFirst()), second.ofAcme());
        }
    }

    @Test
    void newLog_whereThereIsNone_orItIsInUse_orAnother_isRefused() throws IOException {
        assertThatThrownBy(() -> NewLog.begin(folder, "site.01234567", REASON))
                .hasMessageContaining("there is no log");
        String node;
        try (AuditLog log = TestLog.open(folder)) {
            node = log.node();
            log.publishCheckpoint(TenantId.NODE);
            assertThatThrownBy(() -> NewLog.begin(folder, node, REASON))
                    .hasMessageContaining("is in use by");
        }
        Map<String, String> before = files(folder);
        assertThatThrownBy(() -> NewLog.begin(folder, "site.01234567", REASON))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> assertThat(e.exit()).isEqualTo(ExitCode.USAGE))
                .hasMessageContaining("that of " + node + ", not of site.01234567");
        assertThat(files(folder)).isEqualTo(before);
    }

    @Test
    void open_successionUnreadable_isRefusedAndNothingIsWritten() throws IOException {
        Former former = former(2);
        NewLog.begin(folder, former.node(), REASON);
        for (String broken : List.of("", "{}", "{\"former\":[1],\"former_node\":\"a\"}")) {
            Files.writeString(folder.resolve("succession"), broken);
            try (AuditLog log = AuditLog.open(TestLog.config(folder))) {
                assertThat(log.status().unavailable().orElse(""))
                        .contains("succession cannot be read");
            }
            assertThat(folder.resolve("journal")).doesNotExist();
            assertThatThrownBy(() -> NewLog.begin(folder, former.node(), REASON))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.TAMPERING));
        }
    }
}
