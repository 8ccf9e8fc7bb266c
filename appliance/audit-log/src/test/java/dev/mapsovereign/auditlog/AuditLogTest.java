package dev.mapsovereign.auditlog;

import static dev.mapsovereign.auditlog.TestLog.ACME;
import static dev.mapsovereign.auditlog.TestLog.BOLT;
import static dev.mapsovereign.auditlog.TestLog.append;
import static dev.mapsovereign.auditlog.TestLog.appendAtOnce;
import static dev.mapsovereign.auditlog.TestLog.config;
import static dev.mapsovereign.auditlog.TestLog.copy;
import static dev.mapsovereign.auditlog.TestLog.draft;
import static dev.mapsovereign.auditlog.TestLog.draftOf;
import static dev.mapsovereign.auditlog.TestLog.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.testing.ManualClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
    @TempDir Path folder;

    @Test
    void open_emptyFolder_beginsWithTheNodesOwnLog() {
        try (AuditLog log = AuditLog.open(config(folder))) {
            assertThat(log.node()).matches("site\\.[0-9a-f]{8}");
            assertThat(log.tenants()).containsExactly(TenantId.NODE);
            List<AuditRecord> records = LogCheck.check(log).of(TenantId.NODE);
            assertThat(records).hasSize(1);
            assertThat(records.getFirst().eventType()).isEqualTo("TenantCreated");
        }
    }

    @Test
    void append_returns_onlyWhatTheChainHolds() {
        try (AuditLog log = open(folder)) {
            for (int i = 0; i < 5; i++) {
                RecordReference reference = log.append(draft(ACME, "operation_" + i));
                assertThat(reference.tenant()).isEqualTo(ACME);
                assertThat(reference.index()).isEqualTo(i);
                assertThat(reference.hash()).isEqualTo(log.recordHash(ACME, i));
                assertThat(reference.head()).isEqualTo(log.head(ACME).hash());
                AuditRecord record = AuditRecord.parse(log.record(ACME, i));
                assertThat(record.operation()).contains("operation_" + i);
                assertThat(record.timestamp()).isEqualTo(reference.timestamp());
                LogCheck.check(log);
            }
        }
    }

    @Test
    void append_tenantWithoutLog_isRefused() {
        try (AuditLog log = open(folder)) {
            assertThatThrownBy(() -> log.append(draft(TenantId.of("nobody"), "x")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("nobody");
        }
    }

    @Test
    void reopen_afterClose_everythingIsThereAndGoesOn() {
        LogCheck.Checked before;
        String node;
        SignedNote checkpoint;
        try (AuditLog log = open(folder)) {
            append(log, ACME, 300);
            append(log, BOLT, 3);
            before = LogCheck.check(log);
            node = log.node();
            checkpoint = log.checkpoint(ACME);
        }
        for (int round = 0; round < 3; round++) {
            try (AuditLog log = open(folder)) {
                assertThat(log.node()).isEqualTo(node);
                assertThat(log.checkpoint(ACME)).isEqualTo(checkpoint);
                assertThat(LogCheck.check(log)).isEqualTo(before);
            }
        }
        try (AuditLog log = open(folder)) {
            assertThat(log.append(draft(ACME, "next")).index()).isEqualTo(300);
            LogCheck.check(log);
        }
    }

    @Test
    void reopen_withoutState_readsTheWholeJournal() throws Exception {
        LogCheck.Checked before;
        try (AuditLog log = open(folder)) {
            appendAtOnce(log, ACME, 700);
            before = LogCheck.check(log);
        }
        Files.delete(folder.resolve("state"));
        try (AuditLog log = open(folder)) {
            assertThat(LogCheck.check(log)).isEqualTo(before);
        }
    }

    @Test
    void reopen_brokenState_readsTheWholeJournal() throws Exception {
        LogCheck.Checked before;
        try (AuditLog log = open(folder)) {
            appendAtOnce(log, ACME, 300);
            before = LogCheck.check(log);
        }
        byte[] state = Files.readAllBytes(folder.resolve("state"));
        state[state.length / 2] ^= 1;
        Files.write(folder.resolve("state"), state);
        try (AuditLog log = open(folder)) {
            assertThat(LogCheck.check(log)).isEqualTo(before);
        }
    }

    @Test
    void append_beyondOneSegment_goesOnInTheNext() {
        LogCheck.Checked before;
        try (AuditLog log = open(folder)) {
            for (int i = 0; i < 320; i++) {
                log.append(draftOf(ACME, 40_000));
            }
            assertThat(log.status().segments()).isGreaterThan(3);
            before = LogCheck.check(log);
        }
        try (AuditLog log = open(folder)) {
            assertThat(LogCheck.check(log)).isEqualTo(before);
        }
    }

    @Test
    void append_byManyAtOnce_givesEachItsOwnIndex() throws Exception {
        try (AuditLog log = open(folder)) {
            List<Thread> threads = new ArrayList<>();
            List<List<RecordReference>> references = new ArrayList<>();
            for (int caller = 0; caller < 64; caller++) {
                List<RecordReference> own = new ArrayList<>();
                references.add(own);
                TenantId tenant = caller % 2 == 0 ? ACME : BOLT;
                threads.add(
                        Thread.ofVirtual()
                                .start(() -> {
                                    for (int i = 0; i < 20; i++) {
                                        own.add(log.append(draft(tenant, "x")));
                                    }
                                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            LogCheck.check(log);
            assertThat(log.head(ACME).size()).isEqualTo(640);
            assertThat(log.head(BOLT).size()).isEqualTo(640);
            for (List<RecordReference> own : references) {
                assertThat(own).extracting(RecordReference::index).isSorted();
                for (RecordReference reference : own) {
                    assertThat(log.recordHash(reference.tenant(), reference.index()))
                            .isEqualTo(reference.hash());
                }
            }
        }
    }

    @Test
    void append_interruptedCaller_getsItsRecordAndStaysInterrupted() {
        try (AuditLog log = open(folder)) {
            Thread.currentThread().interrupt();
            RecordReference reference = log.append(draft(ACME, "x"));
            byte[] record = log.record(ACME, reference.index());
            assertThat(Thread.interrupted()).isTrue();
            assertThat(AuditRecord.parse(record).operation()).contains("x");
            LogCheck.check(log);
        }
    }

    @Test
    void createTenant_thousandOfThem_shareTheJournal() {
        List<TenantId> tenants =
                Stream.iterate(0, i -> i + 1)
                        .limit(1000)
                        .map(i -> TenantId.of("tenant-" + i))
                        .toList();
        try (AuditLog log = AuditLog.open(config(folder))) {
            tenants.forEach(log::createTenant);
            for (int round = 0; round < 3; round++) {
                tenants.parallelStream().forEach(tenant -> log.append(draft(tenant, "x")));
            }
            // Each check signs a thousand trees.
            LogCheck.check(log);
        }
        try (AuditLog log = AuditLog.open(config(folder))) {
            assertThat(log.tenants()).hasSize(1001);
            for (TenantId tenant : tenants) {
                assertThat(log.head(tenant).size()).isEqualTo(3);
            }
            LogCheck.check(log);
        }
    }

    @Test
    void createTenant_again_doesNothing() {
        try (AuditLog log = open(folder)) {
            log.createTenant(ACME);
            LogCheck.check(log);
            assertThat(log.head(TenantId.NODE).size()).isEqualTo(3);
        }
    }

    @Test
    void open_folderInUse_isRefusedNamingTheHolder() {
        try (AuditLog log = open(folder)) {
            append(log, ACME, 1);
            assertThatThrownBy(() -> AuditLog.open(config(folder)))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> {
                                assertThat(e.exit()).isEqualTo(ExitCode.ENVIRONMENT);
                                assertThat(e)
                                        .hasMessageContaining(
                                                "process " + ProcessHandle.current().pid());
                            });
            LogCheck.check(log);
        }
    }

    @Test
    void open_otherNodeName_isRefused() {
        open(folder).close();
        AuditLogConfig other =
                AuditLogConfig.defaults(
                        folder,
                        NodeName.of("elsewhere"),
                        Secret.copyOf(new byte[32]),
                        Ed25519.jdk());
        assertThatThrownBy(() -> AuditLog.open(other))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining("elsewhere");
        open(folder).close();
    }

    @Test
    void open_otherSeed_signsNothing() throws Exception {
        open(folder).close();
        AuditLogConfig other =
                AuditLogConfig.defaults(
                        folder, NodeName.of("site"), Secret.copyOf(new byte[32]), Ed25519.jdk());
        byte[] before = Files.readAllBytes(notes());
        try (AuditLog log = AuditLog.open(other)) {
            assertThat(log.status().unavailable().orElseThrow()).contains("another log seed");
            assertThatThrownBy(() -> log.append(draft(ACME, "x")))
                    .isInstanceOf(AuditUnavailableException.class);
            assertThatThrownBy(() -> log.publishCheckpoint(ACME))
                    .isInstanceOf(AuditUnavailableException.class);
        }
        assertThat(Files.readAllBytes(notes())).isEqualTo(before);
        try (AuditLog log = open(folder)) {
            LogCheck.check(log);
        }
    }

    @Test
    void close_treesThatGrew_areSigned() {
        AuditLog log = open(folder);
        append(log, ACME, 7);
        log.close();
        try (AuditLog again = open(folder)) {
            assertThat(Checkpoint.parse(again.checkpoint(ACME).text()).size()).isEqualTo(7);
        }
    }

    @Test
    void append_afterClose_isRefused() {
        AuditLog log = open(folder);
        log.close();
        log.close();
        assertThatThrownBy(() -> log.append(draft(ACME, "x")))
                .isInstanceOf(AuditUnavailableException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void publisher_busyLog_signsByItself() {
        AuditLogConfig config =
                config(folder).withTimes(Duration.ofMillis(20), Duration.ofSeconds(60));
        try (AuditLog log = open(config)) {
            append(log, ACME, 3);
            while (log.status().tenants().get(1).checkpointSize() < 3) {
                TestLog.breathe();
            }
            SignedNote note = log.checkpoint(ACME);
            assertThat(Checkpoint.parse(note.text()).size()).isEqualTo(3);
            LogCheck.check(log);
        }
    }

    @Test
    void holdSigning_recordsAreTakenAndSignedOnlyAfterwards() {
        AuditLogConfig config =
                config(folder).withTimes(Duration.ofMillis(20), Duration.ofSeconds(60));
        try (AuditLog log = open(config)) {
            log.holdSigning("the clock is wrong");
            append(log, ACME, 3);
            assertThatThrownBy(() -> log.publishCheckpoint(ACME))
                    .isInstanceOf(AuditUnavailableException.class)
                    .hasMessageContaining("the clock is wrong");
            assertThatThrownBy(() -> log.checkpointAt(ACME, 2))
                    .hasMessageContaining("the clock is wrong");
            assertThat(log.status().unavailable()).isEmpty();
            assertThat(log.status().tenants().get(1).checkpointSize()).isZero();

            log.resumeSigning();
            while (log.status().tenants().get(1).checkpointSize() < 3) {
                TestLog.breathe();
            }
            LogCheck.check(log);
        }
    }

    @Test
    void holdSigning_close_signsNothing() {
        AuditLog log = open(folder);
        log.holdSigning("the clock is wrong");
        append(log, ACME, 3);
        log.close();
        try (AuditLog again = open(folder)) {
            assertThat(again.status().tenants().get(1).checkpointSize()).isZero();
            assertThat(again.head(ACME).size()).isEqualTo(3);
        }
    }

    @Test
    void begin_completed_leavesExactlyOneRecord() {
        try (AuditLog log = open(folder)) {
            Intent intent = log.begin(draft(ACME, "effect"));
            assertThat(log.head(ACME).size()).isZero();
            assertThat(log.status().openIntents()).isEqualTo(1);
            RecordReference reference = intent.complete(draft(ACME, "effect"));
            assertThat(reference.index()).isZero();
            assertThat(log.status().openIntents()).isZero();
            assertThatThrownBy(() -> intent.complete(draft(ACME, "effect")))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(LogCheck.check(log).of(ACME)).hasSize(1);
        }
        try (AuditLog log = open(folder)) {
            assertThat(LogCheck.check(log).of(ACME)).hasSize(1);
        }
    }

    @Test
    void begin_neverCompleted_becomesAnInterruptedRecord(@TempDir Path copies) {
        try (AuditLog log = open(folder)) {
            append(log, ACME, 2);
            Intent done = log.begin(draft(ACME, "done"));
            Intent open = log.begin(draft(BOLT, "open"));
            done.complete(draft(ACME, "done"));
            Path crashed = copy(folder, copies.resolve("crashed"));
            for (int round = 0; round < 2; round++) {
                try (AuditLog again = open(crashed)) {
                    while (again.status().openIntents() > 0) {
                        TestLog.breathe();
                    }
                    LogCheck.Checked records = LogCheck.check(again);
                    assertThat(records.of(ACME)).hasSize(3);
                    assertThat(records.of(BOLT)).hasSize(1);
                    AuditRecord interrupted = records.of(BOLT).getFirst();
                    assertThat(interrupted.outcome()).isEqualTo(AuditOutcome.ERROR);
                    assertThat(interrupted.code()).contains("interrupted");
                    assertThat(interrupted.eventType()).isEqualTo("Error");
                    assertThat(interrupted.operation()).contains("open");
                }
            }
            open.complete(draft(BOLT, "open"));
            LogCheck.check(log);
        }
    }

    @Test
    void begin_closedWithoutCompletion_isInterruptedEvenFromTheState() {
        AuditLog log = open(folder);
        log.begin(draft(ACME, "open"));
        log.close();
        try (AuditLog again = open(folder)) {
            while (again.status().openIntents() > 0) {
                TestLog.breathe();
            }
            assertThat(LogCheck.check(again).of(ACME))
                    .singleElement()
                    .satisfies(record -> assertThat(record.code()).contains("interrupted"));
        }
    }

    @Test
    void begin_moreThanTheReserveHolds_isRefused() {
        try (AuditLog log = open(folder)) {
            int room = (int) (TestLog.SEGMENT_BYTES / 4 / Limits.INTENT_BYTES);
            List<Intent> intents = new ArrayList<>();
            for (int i = 0; i < room; i++) {
                intents.add(log.begin(draft(ACME, "effect")));
            }
            assertThatThrownBy(() -> log.begin(draft(ACME, "one too many")))
                    .isInstanceOf(AuditUnavailableException.class)
                    .hasMessageContaining("effects are under way");
            intents.forEach(intent -> intent.complete(draft(ACME, "effect")));
            log.begin(draft(ACME, "again")).complete(draft(ACME, "again"));
            assertThat(LogCheck.check(log).of(ACME)).hasSize(room + 1);
        }
    }

    @Test
    void complete_recordBeyondItsSpace_keepsTheDigestOfMeta() {
        try (AuditLog log = open(folder)) {
            log.begin(draft(ACME, "effect")).complete(draftOf(ACME, 30_000));
            AuditRecord record = LogCheck.check(log).of(ACME).getFirst();
            assertThat(record.meta().bool("truncated")).contains(true);
        }
    }

    @Test
    void append_tenantBeyondItsQuota_isRefusedAlone() {
        AuditLogConfig config = config(folder).withSpace(TestLog.SEGMENT_BYTES, 1 << 20, 0, 20_000);
        try (AuditLog log = open(config)) {
            log.append(draftOf(ACME, 15_000));
            assertThatThrownBy(() -> log.append(draftOf(ACME, 15_000)))
                    .isInstanceOf(AuditUnavailableException.class)
                    .hasMessageContaining("quota");
            log.append(draftOf(BOLT, 15_000));
            assertThatThrownBy(() -> log.begin(draftOf(ACME, 10_000)))
                    .isInstanceOf(AuditUnavailableException.class)
                    .hasMessageContaining("quota");
            for (int i = 0; i < 3; i++) {
                log.append(draftOf(TenantId.NODE, 15_000));
            }
            assertThat(log.status().unavailable()).isEmpty();
            LogCheck.check(log);
        }
    }

    @Test
    void append_clockStepped_saysSoInTheNodesLog() {
        ManualClock clock = new ManualClock(Instant.parse("2026-11-23T12:00:00Z"));
        try (AuditLog log = open(config(folder).withClock(clock))) {
            append(log, ACME, 1);
            clock.advance(Duration.ofHours(-1));
            append(log, ACME, 1);
            clock.advance(Duration.ofDays(365));
            append(log, ACME, 1);
            append(log, ACME, 1);
            List<AuditRecord> records = LogCheck.check(log).of(TenantId.NODE);
            List<AuditRecord> steps =
                    records.stream()
                            .filter(record -> record.eventType().equals("ClockStepped"))
                            .toList();
            assertThat(steps).hasSize(2);
            assertThat(steps.getFirst().meta().integer("step_us").orElseThrow())
                    .isCloseTo(-3_600_000_000L, org.assertj.core.data.Offset.offset(30_000_000L));
        }
        clock.advance(Duration.ofDays(-2));
        try (AuditLog log = open(config(folder).withClock(clock))) {
            append(log, ACME, 1);
            assertThat(LogCheck.check(log).of(TenantId.NODE))
                    .filteredOn(record -> record.eventType().equals("ClockStepped"))
                    .hasSize(3);
        }
    }

    @Test
    void keep_ownCheckpoint_mustRecomputeForEver() {
        try (AuditLog log = open(folder)) {
            append(log, ACME, 5);
            SignedNote old = log.publishCheckpoint(ACME);
            log.keep(ACME, old);
            append(log, ACME, 5);
            assertThat(log.kept(ACME)).containsExactly(old);
            SignedNote foreign =
                    SignedNote.sign(
                            new Checkpoint(log.origin(ACME), 5, new byte[32]).text(),
                            dev.mapsovereign.base.note.NoteSigners.ed25519(
                                    log.origin(ACME), new byte[32], Ed25519.jdk()));
            assertThatThrownBy(() -> log.keep(ACME, foreign))
                    .isInstanceOf(AuditIntegrityException.class);
        }
        try (AuditLog log = open(folder)) {
            assertThat(log.kept(ACME)).hasSize(1);
            LogCheck.check(log);
        }
    }

    private Path notes() throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("checkpoints"))) {
            return files.max(Path::compareTo).orElseThrow();
        }
    }
}
