package dev.mapsovereign.auditlog;

import static dev.mapsovereign.auditlog.TestLog.ACME;
import static dev.mapsovereign.auditlog.TestLog.BOLT;
import static dev.mapsovereign.auditlog.TestLog.append;
import static dev.mapsovereign.auditlog.TestLog.appendAtOnce;
import static dev.mapsovereign.auditlog.TestLog.config;
import static dev.mapsovereign.auditlog.TestLog.draft;
import static dev.mapsovereign.auditlog.TestLog.draftOf;
import static dev.mapsovereign.auditlog.TestLog.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.testing.FaultyFiles;
import dev.mapsovereign.testing.FaultyFiles.Operation;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Disks that fail, fill up, hang and lose power under a running log. */
@ExtendWith(SeededRandomExtension.class)
class FaultTest {
    @TempDir Path folder;

    private FaultyFiles disk;

    @BeforeEach
    void disk() {
        disk = FaultyFiles.over(folder);
    }

    @Test
    void append_syncFailsOnce_goesOnInANewSegmentThatVoidsTheOld() {
        LogCheck.Checked before;
        try (AuditLog log = open(disk.root())) {
            append(log, ACME, 3);
            disk.fail(Operation.SYNC, FaultTest::isSegment, 0, 1, "Input/output error");
            RecordReference reference = log.append(draft(ACME, "survivor"));
            assertThat(reference.index()).isEqualTo(3);
            assertThat(log.status().segments()).isEqualTo(2);
            append(log, ACME, 2);
            before = LogCheck.check(log);
            assertThat(before.of(ACME)).hasSize(6);
        }
        try (AuditLog log = open(folder)) {
            assertThat(LogCheck.check(log)).isEqualTo(before);
        }
        // What the first sync had left behind in the old segment counts for nothing.
        assertThat(SegmentImage.read(folder, 1).batches()).isNotEmpty();
    }

    @Test
    void append_writeCutInHalf_goesOnInANewSegment() {
        try (AuditLog log = open(disk.root())) {
            append(log, ACME, 3);
            disk.fail(Operation.HALF_WRITE, FaultTest::isSegment, 0, 1, "Input/output error");
            log.append(draftOf(ACME, 30_000));
            append(log, ACME, 2);
            assertThat(LogCheck.check(log).of(ACME)).hasSize(6);
        }
        try (AuditLog log = open(folder)) {
            assertThat(LogCheck.check(log).of(ACME)).hasSize(6);
        }
    }

    @Test
    void append_everySyncFails_isRefusedUntilTheDiskIsWell() {
        try (AuditLog log = open(disk.root())) {
            append(log, ACME, 3);
            Intent intent = log.begin(draft(BOLT, "effect"));
            disk.fail(
                    Operation.SYNC,
                    FaultTest::isJournal,
                    0,
                    Integer.MAX_VALUE,
                    "Input/output error");
            assertThatThrownBy(() -> log.append(draft(ACME, "lost")))
                    .isInstanceOf(AuditUnavailableException.class)
                    .hasMessageContaining("Input/output error");
            assertThat(log.status().unavailable()).isPresent();
            assertThatThrownBy(() -> log.append(draft(ACME, "lost too")))
                    .isInstanceOf(AuditUnavailableException.class);
            CountDownLatch completed = new CountDownLatch(1);
            Thread.ofVirtual()
                    .start(() -> {
                        intent.complete(draft(BOLT, "effect"));
                        completed.countDown();
                    });
            assertThat(completed.getCount()).isEqualTo(1);
            disk.heal();
            await(completed);
            assertThat(log.status().unavailable()).isEmpty();
            append(log, ACME, 1);
            LogCheck.Checked checked = LogCheck.check(log);
            assertThat(checked.of(ACME)).hasSize(4);
            assertThat(checked.of(BOLT))
                    .singleElement()
                    .satisfies(record -> assertThat(record.code()).isEmpty());
        }
        try (AuditLog log = open(folder)) {
            assertThat(LogCheck.check(log).of(BOLT)).hasSize(1);
        }
    }

    @Test
    void append_diskFull_isRefusedBeforeTheReserveAndGoesOnWithSpace() {
        try (AuditLog log = open(disk.root())) {
            List<Intent> intents = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                intents.add(log.begin(draft(BOLT, "effect")));
            }
            disk.fail(Operation.OPEN, FaultTest::isStandby, 0, Integer.MAX_VALUE, "No space left");
            assertThat(appendUntilRefused(log, 30_000)).isGreaterThan(50);
            assertThat(appendUntilRefused(log, 100)).isLessThan(30_000 / 100);
            assertThat(log.status().unavailable().orElseThrow()).contains("nearly full");
            assertThatThrownBy(() -> log.begin(draft(BOLT, "another effect")))
                    .isInstanceOf(AuditUnavailableException.class);
            for (Intent intent : intents) {
                intent.complete(draftOf(BOLT, 9_000));
            }
            assertThat(log.head(BOLT).size()).isEqualTo(20);
            disk.heal();
            while (log.status().unavailable().isPresent()) {
                TestLog.breathe();
            }
            append(log, ACME, 3);
            LogCheck.check(log);
        }
        try (AuditLog log = open(folder)) {
            LogCheck.check(log);
        }
    }

    @Test
    void append_diskBelowItsFloor_isRefused() {
        AuditLogConfig config =
                config(folder)
                        .withSpace(TestLog.SEGMENT_BYTES, 1 << 20, Long.MAX_VALUE / 2, 1L << 40);
        try (AuditLog log = open(config)) {
            appendUntilRefused(log, 30_000);
            assertThat(log.status().unavailable().orElseThrow()).contains("bytes left");
        }
    }

    @Test
    void append_diskHangs_isRefusedInTime() {
        AuditLogConfig config =
                config(disk.root()).withTimes(Duration.ofHours(1), Duration.ofMillis(200));
        CountDownLatch hang = new CountDownLatch(1);
        try (AuditLog log = open(config)) {
            append(log, ACME, 2);
            disk.hang(Operation.SYNC, FaultTest::isSegment, hang);
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> log.append(draft(ACME, "late")))
                        .isInstanceOf(AuditUnavailableException.class)
                        .hasMessageContaining("in time");
            }
            assertThatThrownBy(() -> log.begin(draft(BOLT, "late")))
                    .isInstanceOf(AuditUnavailableException.class);
            hang.countDown();
            boolean again = false;
            while (!again) {
                try {
                    log.append(draft(ACME, "again"));
                    again = true;
                } catch (AuditUnavailableException e) {
                    TestLog.breathe();
                }
            }
            // The one that was being written became durable; those that waited were given up.
            assertThat(LogCheck.check(log).of(ACME)).hasSizeBetween(3, 4);
            assertThat(log.status().openIntents()).isZero();
        } finally {
            hang.countDown();
        }
    }

    @Test
    void begin_syncOutlastsTheCaller_isSettledByItself() {
        AuditLogConfig config =
                config(disk.root()).withTimes(Duration.ofHours(1), Duration.ofMillis(200));
        CountDownLatch hang = new CountDownLatch(1);
        CountDownLatch hangs = new CountDownLatch(1);
        try (AuditLog log = open(config)) {
            append(log, ACME, 1);
            disk.hang(
                    Operation.SYNC,
                    path -> {
                        if (isSegment(path)) {
                            hangs.countDown();
                        }
                        return isSegment(path);
                    },
                    hang);
            // On a busy machine the caller may be gone before the log's own thread has come to it.
            do {
                assertThatThrownBy(() -> log.begin(draft(BOLT, "late")))
                        .isInstanceOf(AuditUnavailableException.class);
            } while (hangs.getCount() > 0);
            hang.countDown();
            disk.heal();
            while (log.head(BOLT).size() == 0) {
                TestLog.breathe();
            }
            assertThat(LogCheck.check(log).of(BOLT))
                    .singleElement()
                    .satisfies(record -> assertThat(record.code()).contains("interrupted"));
        } finally {
            hang.countDown();
        }
    }

    @Test
    void tiles_cannotBeWritten_areMadeUpForLater() {
        try (AuditLog log = open(disk.root())) {
            disk.fail(Operation.OPEN, FaultTest::isTile, 0, Integer.MAX_VALUE, "No space left");
            appendAtOnce(log, ACME, 700);
            LogCheck.check(log);
            assertThat(Files.exists(folder.resolve("logs/acme/tile/0/000"))).isFalse();
            disk.heal();
            while (!Files.exists(folder.resolve("logs/acme/tile/0/001"))) {
                append(log, BOLT, 1);
            }
            LogCheck.check(log);
        }
        try (AuditLog log = open(folder)) {
            LogCheck.check(log);
        }
    }

    @Test
    void checkpoint_cannotBeSynced_isNotShown() {
        try (AuditLog log = open(disk.root())) {
            append(log, ACME, 2);
            log.publishCheckpoint(ACME);
            append(log, ACME, 2);
            disk.fail(Operation.SYNC, FaultTest::isNotes, 0, 1, "Input/output error");
            assertThatThrownBy(() -> log.publishCheckpoint(ACME))
                    .isInstanceOf(AuditUnavailableException.class);
            assertThat(log.status().tenants().get(1).checkpointSize()).isEqualTo(2);
            disk.heal();
            log.publishCheckpoint(ACME);
            assertThat(log.status().tenants().get(1).checkpointSize()).isEqualTo(4);
            LogCheck.check(log);
        }
        try (AuditLog log = open(folder)) {
            LogCheck.check(log);
        }
    }

    @Test
    void open_diskFailsAtEachStep_neverLosesWhatWasAnswered() {
        LogCheck.Checked before;
        try (AuditLog log = open(folder)) {
            appendAtOnce(log, ACME, 300);
            before = LogCheck.check(log);
        }
        for (Operation operation : Operation.values()) {
            for (int step = 0; step < 12; step++) {
                FaultyFiles faulty = FaultyFiles.over(folder);
                faulty.fail(operation, path -> !isLock(path), step, 1, "Input/output error");
                try (AuditLog log = open(faulty.root())) {
                    assertThat(log.head(ACME).size()).isEqualTo(300);
                } catch (OperatorException | AuditUnavailableException e) {
                    assertThat(e).hasMessageContaining("Input/output error");
                }
            }
        }
        try (AuditLog log = open(folder)) {
            assertThat(LogCheck.check(log).of(ACME)).isEqualTo(before.of(ACME));
        }
    }

    @Test
    void powerCut_underLoad_losesNothingAnswered(SeededRandom random) throws Exception {
        List<RecordReference> answered = Collections.synchronizedList(new ArrayList<>());
        for (int round = 0; round < 12; round++) {
            FaultyFiles power = FaultyFiles.over(folder);
            AuditLog log =
                    open(
                            config(power.root())
                                    .withTimes(Duration.ofMillis(30), Duration.ofSeconds(60)));
            assertThat(log.status().unavailable()).as("round %d", round).isEmpty();
            List<Thread> callers = load(log, answered);
            Thread.sleep(random.nextInt(150));
            power.cutPower(random);
            for (Thread caller : callers) {
                caller.join();
            }
            close(log);
            try (AuditLog again = open(folder)) {
                LogCheck.check(again);
                for (RecordReference reference : answered) {
                    assertThat(again.recordHash(reference.tenant(), reference.index()))
                            .as("round %d, %s", round, reference)
                            .isEqualTo(reference.hash());
                }
            }
        }
        assertThat(answered).isNotEmpty();
    }

    @Test
    void segment_removedUnderARunningLog_haltsItUntilItIsBack() throws Exception {
        try (AuditLog log = open(folder)) {
            append(log, ACME, 3);
            long nodeRecords = log.head(TenantId.NODE).size();
            Path segment = SegmentImage.path(folder, 1);
            Path aside = folder.resolve("aside");
            Files.move(segment, aside);
            while (log.status().unavailable().isEmpty()) {
                TestLog.breathe();
            }
            assertThat(log.status().unavailable().orElseThrow()).contains("was removed");
            assertThatThrownBy(() -> log.append(draft(ACME, "x")))
                    .isInstanceOf(AuditUnavailableException.class);
            assertThatThrownBy(() -> log.publishCheckpoint(ACME))
                    .isInstanceOf(AuditUnavailableException.class);
            Files.move(aside, segment);
            awaitViolation(log, "segment 0000000000000001.segment was removed");
            append(log, ACME, 1);
            assertThat(LogCheck.check(log).of(ACME)).hasSize(4);
            // Told once: it must not come again.
            while (Files.exists(folder.resolve("finding"))) {
                TestLog.breathe();
            }
            assertThat(log.head(TenantId.NODE).size()).isEqualTo(nodeRecords + 1);
        }
    }

    @Test
    void segment_replacedByACopy_haltsTheLogUntilItIsBack() throws Exception {
        try (AuditLog log = open(folder)) {
            append(log, ACME, 3);
            Path segment = SegmentImage.path(folder, 1);
            Path aside = folder.resolve("aside");
            Files.copy(segment, folder.resolve("copy"));
            Files.move(segment, aside);
            Files.move(folder.resolve("copy"), segment);
            awaitUnavailable(log);
            assertThatThrownBy(() -> log.append(draft(ACME, "x")))
                    .isInstanceOf(AuditUnavailableException.class);
            Files.move(aside, segment, StandardCopyOption.REPLACE_EXISTING);
            awaitViolation(log, "segment 0000000000000001.segment was");
            append(log, ACME, 1);
            assertThat(LogCheck.check(log).of(ACME)).hasSize(4);
        }
    }

    @Test
    void segment_removedAndTheLogRestarted_isRecordedOnceItIsWhole() throws Exception {
        Path segment = SegmentImage.path(folder, 1);
        Path aside = folder.resolve("aside");
        try (AuditLog log = open(folder)) {
            append(log, ACME, 3);
            Files.move(segment, aside);
            awaitUnavailable(log);
            while (!Files.exists(folder.resolve("finding"))) {
                TestLog.breathe();
            }
        }
        try (AuditLog log = AuditLog.open(config(folder))) {
            assertThat(log.status().unavailable()).isPresent();
        }
        Files.move(aside, segment);
        try (AuditLog log = open(folder)) {
            awaitViolation(log, "segment 0000000000000001.segment was removed");
            assertThat(LogCheck.check(log).of(ACME)).hasSize(3);
            while (Files.exists(folder.resolve("finding"))) {
                TestLog.breathe();
            }
        }
        try (AuditLog log = open(folder)) {
            assertThat(
                            LogCheck.check(log).of(TenantId.NODE).stream()
                                    .filter(FaultTest::isViolation))
                    .hasSize(1);
        }
    }

    @Test
    void segment_cutUnderARunningLog_haltsIt() throws Exception {
        try (AuditLog log = open(folder)) {
            append(log, ACME, 3);
            try (var channel =
                    java.nio.channels.FileChannel.open(
                            SegmentImage.path(folder, 1), java.nio.file.StandardOpenOption.WRITE)) {
                channel.truncate(TestLog.SEGMENT_BYTES / 2);
            }
            awaitUnavailable(log);
            assertThat(log.status().unavailable().orElseThrow()).contains("instead of");
            assertThatThrownBy(() -> log.append(draft(ACME, "x")))
                    .isInstanceOf(AuditUnavailableException.class);
        }
    }

    @Test
    void append_diskHangs_takesNoThreadButItsOwn() throws Exception {
        AuditLogConfig config =
                config(disk.root()).withTimes(Duration.ofHours(1), Duration.ofMillis(500));
        CountDownLatch hang = new CountDownLatch(1);
        AtomicInteger refused = new AtomicInteger();
        try (AuditLog log = open(config)) {
            append(log, ACME, 1);
            disk.hang(Operation.SYNC, FaultTest::isJournal, hang);
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                Thread.Builder kind = i % 10 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
                callers.add(kind.start(() -> refusedInTime(log, refused)));
            }
            // Whatever the callers wait for, they hold no carrier: other virtual threads go on.
            for (int i = 0; i < 50; i++) {
                Thread.ofVirtual().start(() -> log.status()).join();
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(refused.get()).isEqualTo(callers.size());
            hang.countDown();
            disk.heal();
            appendAgain(log);
            LogCheck.check(log);
        } finally {
            hang.countDown();
        }
    }

    @Test
    void append_everyCarrierTaken_isStillAnsweredOnPlatformThreads() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> spinners = new ArrayList<>();
        try (AuditLog log = open(folder)) {
            int carriers = Runtime.getRuntime().availableProcessors();
            CountDownLatch spinning = new CountDownLatch(carriers);
            for (int i = 0; i < carriers; i++) {
                spinners.add(
                        Thread.ofVirtual()
                                .start(() -> {
                                    spinning.countDown();
                                    while (!stop.get()) {
                                        Thread.onSpinWait();
                                    }
                                }));
            }
            await(spinning);
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                callers.add(Thread.ofPlatform().start(() -> append(log, ACME, 5)));
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(log.head(ACME).size()).isEqualTo(40);
        } finally {
            stop.set(true);
            for (Thread spinner : spinners) {
                spinner.join();
            }
        }
    }

    @Test
    void tiles_whileTheirSyncHangs_appearAllTheSame() {
        CountDownLatch hang = new CountDownLatch(1);
        CountDownLatch syncing = new CountDownLatch(1);
        try (AuditLog log = open(disk.root())) {
            disk.hang(Operation.SYNC, path -> isTile(path, syncing), hang);
            appendAtOnce(log, ACME, 300);
            awaitFile("logs/acme/tile/0/000");
            // Until a state is due, some seconds later, whose tiles are synced before.
            while (syncing.getCount() > 0) {
                append(log, BOLT, 1);
            }
            appendAtOnce(log, ACME, 300);
            awaitFile("logs/acme/tile/0/001");
            hang.countDown();
            LogCheck.check(log);
        } finally {
            hang.countDown();
        }
        try (AuditLog log = open(folder)) {
            LogCheck.check(log);
        }
    }

    /** Many small segments, each entered while others write, with intents and faults in between. */
    @Test
    @Tag("slow")
    void segments_changeUnderManyWriters_loseNothing(SeededRandom random) throws Exception {
        for (int round = 0; round < 3; round++) {
            Path own = folder.resolve("round-" + round);
            Files.createDirectories(own);
            FaultyFiles files = FaultyFiles.over(own);
            Map<Long, byte[]> answered = new ConcurrentHashMap<>();
            try (AuditLog log = open(files.root())) {
                List<Thread> writers = new ArrayList<>();
                for (int i = 0; i < 64; i++) {
                    int bytes = 500 + random.nextInt(i == 0 ? 50_000 : 12_000);
                    boolean intents = i % 8 == 7;
                    writers.add(
                            Thread.ofVirtual()
                                    .start(() -> writeSome(log, bytes, intents, answered)));
                }
                for (int i = 0; i < 5; i++) {
                    Thread.sleep(random.nextInt(100));
                    files.fail(
                            random.nextBoolean() ? Operation.SYNC : Operation.HALF_WRITE,
                            FaultTest::isSegment,
                            random.nextInt(20),
                            1,
                            "Input/output error");
                }
                for (Thread writer : writers) {
                    writer.join();
                }
                assertThat(log.status().segments()).isGreaterThan(1);
                answered.forEach(
                        (index, hash) -> assertThat(log.recordHash(ACME, index)).isEqualTo(hash));
                LogCheck.check(log);
            }
            try (AuditLog log = open(own)) {
                answered.forEach(
                        (index, hash) -> assertThat(log.recordHash(ACME, index)).isEqualTo(hash));
                LogCheck.check(log);
            }
        }
    }

    private static void writeSome(
            AuditLog log, int bytes, boolean intents, Map<Long, byte[]> answered) {
        for (int i = 0; i < 15; i++) {
            try {
                RecordReference reference =
                        intents
                                ? log.begin(draft(ACME, "effect")).complete(draftOf(ACME, 3_000))
                                : log.append(draftOf(ACME, bytes));
                assertThat(answered.put(reference.index(), reference.hash())).isNull();
            } catch (AuditUnavailableException e) {
                // The reserve, or both segments of a fault: the next one may be answered.
                TestLog.breathe();
            }
        }
    }

    private static void refusedInTime(AuditLog log, AtomicInteger refused) {
        try {
            log.append(draft(ACME, "late"));
        } catch (AuditUnavailableException e) {
            refused.incrementAndGet();
        }
    }

    private static void appendAgain(AuditLog log) {
        while (true) {
            try {
                log.append(draft(ACME, "again"));
                return;
            } catch (AuditUnavailableException e) {
                TestLog.breathe();
            }
        }
    }

    private void awaitFile(String name) {
        while (!Files.exists(folder.resolve(name))) {
            TestLog.breathe();
        }
    }

    private static void awaitUnavailable(AuditLog log) {
        while (log.status().unavailable().isEmpty()) {
            TestLog.breathe();
        }
    }

    /** Waits until the log is whole and has told of what was found. */
    private static void awaitViolation(AuditLog log, String finding) {
        while (log.status().unavailable().isPresent() || violations(log).isEmpty()) {
            TestLog.breathe();
        }
        assertThat(violations(log))
                .singleElement()
                .satisfies(record -> {
                    assertThat(record).contains("journal: " + finding);
                    assertThat(record).contains("\"noticed\":\"20");
                });
    }

    private static List<String> violations(AuditLog log) {
        List<String> found = new ArrayList<>();
        for (byte[] leaf : log.leaves(TenantId.NODE, 0, (int) log.head(TenantId.NODE).size())) {
            String record = new String(leaf, 32, leaf.length - 32, StandardCharsets.UTF_8);
            if (record.contains("SecurityViolation")) {
                found.add(record);
            }
        }
        return found;
    }

    private static boolean isViolation(AuditRecord record) {
        return record.eventType().equals("SecurityViolation");
    }

    private static List<Thread> load(AuditLog log, List<RecordReference> answered) {
        List<Thread> callers = new ArrayList<>();
        for (int caller = 0; caller < 16; caller++) {
            TenantId tenant = caller % 2 == 0 ? ACME : BOLT;
            int number = caller;
            callers.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    while (true) {
                                        answered.add(
                                                number == 0
                                                        ? log.append(draftOf(tenant, 20_000))
                                                        : log.append(draft(tenant, "x")));
                                    }
                                } catch (AuditUnavailableException e) {
                                    // the power is cut
                                }
                            }));
        }
        return callers;
    }

    private static int appendUntilRefused(AuditLog log, int bytes) {
        int written = 0;
        while (true) {
            try {
                log.append(draftOf(ACME, bytes));
                written++;
            } catch (AuditUnavailableException e) {
                assertThat(e).hasMessageContaining("nearly full");
                return written;
            }
        }
    }

    private static void close(AuditLog log) {
        try {
            log.close();
        } catch (RuntimeException e) {
            // nothing can be closed in order on a disk without power
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isJournal(Path path) {
        return path.toString().contains("/journal");
    }

    private static boolean isSegment(Path path) {
        return path.toString().endsWith(".segment");
    }

    private static boolean isStandby(Path path) {
        return path.toString().contains("/standby");
    }

    private static boolean isTile(Path path) {
        return path.toString().contains("/tile/");
    }

    private static boolean isTile(Path path, CountDownLatch seen) {
        if (isTile(path)) {
            seen.countDown();
            return true;
        }
        return false;
    }

    private static boolean isNotes(Path path) {
        return path.toString().endsWith(".notes");
    }

    private static boolean isLock(Path path) {
        return path.toString().contains("lock");
    }
}
