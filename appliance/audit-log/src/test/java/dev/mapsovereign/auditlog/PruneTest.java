package dev.mapsovereign.auditlog;

import static dev.mapsovereign.auditlog.TestLog.ACME;
import static dev.mapsovereign.auditlog.TestLog.BOLT;
import static dev.mapsovereign.auditlog.TestLog.append;
import static dev.mapsovereign.auditlog.TestLog.config;
import static dev.mapsovereign.auditlog.TestLog.copy;
import static dev.mapsovereign.auditlog.TestLog.draftOf;
import static dev.mapsovereign.auditlog.TestLog.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.auditlog.prune.Prune;
import dev.mapsovereign.auditlog.prune.RecordPrunedException;
import dev.mapsovereign.auditlog.prune.TrimmedJournal;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.note.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Old records go for good, and everything else goes on. */
class PruneTest {
    private static final int RECORDS = 1400;
    private static final IndexRange RANGE = new IndexRange(0, 1024);
    private static final IndexRange HOLE = new IndexRange(256, 512);
    private static final Prune PRUNE = new Prune(ACME, RANGE, List.of(HOLE), 5_000_000);
    private static final JsonObject GROUNDS = JsonObject.builder().put("why", "a test").build();

    @TempDir Path temporary;
    private Path folder;

    /** Every leaf of acme, as it was. */
    private List<byte[]> leaves = List.of();

    private byte[] root = {};

    @BeforeEach
    void fill() {
        folder = temporary.resolve("audit");
        try (AuditLog log = open(folder)) {
            append(log, BOLT, 3);
            for (int i = 0; i < RECORDS; i++) {
                log.append(draftOf(ACME, 8000));
            }
            leaves = log.leaves(ACME, 0, RECORDS);
            root = log.root(ACME, RECORDS);
            log.keep(ACME, log.checkpointAt(ACME, 700));
        }
    }

    private static void prune(AuditLog log) {
        var _ = log.prune(PRUNE, GROUNDS);
        log.removePruned(PRUNE);
        log.finishPrunes(List.of(PRUNE));
    }

    private static TrimmedJournal trim(AuditLog log) {
        return log.trimJournal(
                log.status().durable(), Instant.now().plusSeconds(5), false, read -> {});
    }

    /** Everything that must hold of a pruned log. */
    private void expectPruned(AuditLog log) throws InterruptedException {
        assertThat(log.status().unavailable()).isEmpty();
        assertThat(log.root(ACME, RECORDS)).isEqualTo(root);
        for (long index : new long[] {0, 255, 512, 1023}) {
            assertThatThrownBy(() -> log.record(ACME, index))
                    .isInstanceOfSatisfying(
                            RecordPrunedException.class,
                            e -> assertThat(e.index()).isEqualTo(index))
                    .hasMessageContaining("was pruned");
        }
        assertThat(log.leaves(ACME, 256, 256)).containsExactlyElementsOf(leaves.subList(256, 512));
        assertThat(log.leaves(ACME, 1024, RECORDS - 1024))
                .containsExactlyElementsOf(leaves.subList(1024, RECORDS));
        assertThatThrownBy(() -> log.tiles(ACME).entryBundle(0, 256))
                .isInstanceOf(RecordPrunedException.class);
        assertThat(MerkleHash.leaf(leaves.get(7)))
                .isEqualTo(log.tiles(ACME).hashReader().hash(0, 7));
        assertThat(log.pruned(ACME).ranges())
                .containsExactly(new IndexRange(0, 256), new IndexRange(512, 1024));
        assertThat(log.pruned(BOLT).isEmpty()).isTrue();
        List<Long> kept =
                LongStream.concat(
                                LongStream.range(256, 512),
                                LongStream.range(1024, log.head(ACME).size()))
                        .boxed()
                        .toList();
        assertThat(followed(log).get(ACME)).isEqualTo(kept);
        assertThat(followed(log).get(BOLT)).containsExactly(0L, 1L, 2L);
    }

    /** What a follower is given that begins at the start, or in the midst of it. */
    private static Map<TenantId, List<Long>> followed(AuditLog log) throws InterruptedException {
        Map<TenantId, List<Long>> all = new HashMap<>();
        Position position = Position.START;
        boolean more = true;
        while (more) {
            try (JournalReader reader = log.follow(position)) {
                List<LoggedRecord> records = reader.next(300, Duration.ZERO);
                for (LoggedRecord record : records) {
                    all.computeIfAbsent(record.tenant(), tenant -> new ArrayList<>())
                            .add(record.index());
                    position = record.after();
                }
                more = !records.isEmpty();
            }
        }
        return all;
    }

    private static long bytes(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void prune_oldRecords_areGoneAndRecorded_theTreeIsNot() throws Exception {
        try (AuditLog log = open(folder)) {
            long before = bytes(folder.resolve("logs"));
            prune(log);
            expectPruned(log);
            assertThat(before - bytes(folder.resolve("logs"))).isGreaterThan(768 * 8000);
            long newest = log.head(TenantId.NODE).size() - 1;
            AuditRecord record = AuditRecord.parse(log.record(TenantId.NODE, newest));
            assertThat(record.eventType()).isEqualTo("AuditPruned");
            assertThat(record.meta().object("prune")).contains(PRUNE.json());
            append(log, ACME, 300);
            expectPruned(log);
        }
        try (AuditLog log = open(folder)) {
            expectPruned(log);
        }
    }

    @Test
    void trim_closedSegments_areGone_andTheLogGoesOn() throws Exception {
        long before = bytes(folder.resolve("journal"));
        try (AuditLog log = open(folder)) {
            prune(log);
            TrimmedJournal planned =
                    log.trimJournal(log.status().durable(), Instant.now(), true, read -> {});
            assertThat(planned.segments()).isPositive();
            assertThat(bytes(folder.resolve("journal"))).isGreaterThanOrEqualTo(before);
            long[] compared = {0};
            TrimmedJournal gone =
                    log.trimJournal(
                            log.status().durable(), Instant.now(), false, n -> compared[0] = n);
            assertThat(gone).isEqualTo(planned);
            assertThat(compared[0]).isGreaterThanOrEqualTo(256);
            expectPruned(log);
            // Idle bolt's three records are in no bundle: they are carried along.
            assertThat(folder.resolve("journal/0000000000000001.segment")).doesNotExist();
            assertThat(folder.resolve("journal/carried")).isNotEmptyFile();
            assertThat(log.record(BOLT, 0)).isNotEmpty();
            append(log, ACME, 100);
            append(log, BOLT, 1);
            assertThat(log.record(BOLT, 3)).isNotEmpty();
            Thread.sleep(2 * Limits.KEEPER_INTERVAL.toMillis());
            assertThat(log.status().unavailable()).isEmpty();
        }
        try (AuditLog log = open(folder)) {
            assertThat(log.record(BOLT, 0)).isNotEmpty();
            assertThat(log.root(ACME, RECORDS)).isEqualTo(root);
        }
    }

    @Test
    void trim_recordToBeCarriedChanged_removesNothing() throws Exception {
        try (AuditLog log = open(folder)) {
            prune(log);
            Path segment = folder.resolve("journal/0000000000000001.segment");
            byte[] bytes = Files.readAllBytes(segment);
            int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("operation_1");
            try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(new byte[] {'O'}), at);
            }
            assertThatThrownBy(() -> trim(log))
                    .isInstanceOf(AuditIntegrityException.class)
                    .hasMessageContaining(
                            "the newest records of bolt in the journal are not those");
            assertThat(segment).exists();
            assertThat(folder.resolve("journal/base")).doesNotExist();
        }
    }

    @Test
    void trim_againAndAgainWhileRecordsCome_losesNone() throws Exception {
        try (AuditLog log = open(folder)) {
            Thread appending =
                    Thread.ofVirtual()
                            .start(() -> {
                                for (int i = 0; i < 2000; i++) {
                                    log.append(draftOf(i % 300 == 0 ? BOLT : ACME, 8000));
                                }
                            });
            int gone = 0;
            while (appending.isAlive()) {
                gone += trim(log).segments();
                for (long index = 0; index < log.head(BOLT).size(); index++) {
                    assertThat(log.record(BOLT, index)).isNotEmpty();
                }
            }
            appending.join();
            gone += trim(log).segments();
            assertThat(gone).isPositive();
            append(log, BOLT, 256);
            assertThat(log.leaves(BOLT, 0, (int) log.head(BOLT).size())).isNotEmpty();
        }
        try (AuditLog log = open(folder)) {
            assertThat(log.head(ACME).size()).isEqualTo(RECORDS + 1993);
            assertThat(log.head(BOLT).size()).isEqualTo(3 + 7 + 256);
            assertThat(log.leaves(ACME, 0, RECORDS)).containsExactlyElementsOf(leaves);
            assertThat(log.leaves(BOLT, 0, 266)).hasSize(266);
            assertThat(followed(log).get(ACME)).hasSize(RECORDS + 1993);
        }
    }

    @Test
    void open_trimmedWithoutState_goesOnFromTheBase() throws Exception {
        try (AuditLog log = open(folder)) {
            prune(log);
            trim(log);
            append(log, ACME, 900);
        }
        Files.delete(folder.resolve("state"));
        try (AuditLog log = open(folder)) {
            expectPruned(log);
            assertThat(log.head(ACME).size()).isEqualTo(RECORDS + 900);
        }
    }

    @Test
    void open_trimmedWithAnOldState_goesOnFromTheBase() throws Exception {
        Path old = temporary.resolve("old-state");
        Files.copy(folder.resolve("state"), old);
        try (AuditLog log = open(folder)) {
            for (int i = 0; i < RECORDS; i++) {
                log.append(draftOf(ACME, 8000));
            }
        }
        try (AuditLog log = open(folder)) {
            prune(log);
            trim(log);
        }
        Files.delete(folder.resolve("state"));
        Files.copy(old, folder.resolve("state"));
        try (AuditLog log = open(folder)) {
            expectPruned(log);
        }
    }

    @Test
    void trim_followerThatIsBehind_keepsWhatItHasToRead() {
        try (AuditLog log = open(folder)) {
            prune(log);
            TrimmedJournal gone = log.trimJournal(Position.START, Instant.now(), false, read -> {});
            assertThat(gone.segments()).isZero();
            assertThat(gone.limit()).contains("has still to be read");
            assertThat(trim(log).segments()).isPositive();
            assertThatThrownBy(() -> log.follow(new Position(2, 4096, 0)).close())
                    .hasMessageContaining("was pruned");
        }
    }

    @Test
    void open_bookSaysMoreThanTheRecords_isRefused() throws Exception {
        try (AuditLog log = open(folder)) {
            prune(log);
        }
        Path book = folder.resolve("pruned");
        String text = Files.readString(book);
        Files.writeString(book, text.replace("\"1024\"", "\"1280\""));
        expectUnavailable("says that records of acme were pruned");
        Files.writeString(book, text.substring(1));
        expectUnavailable("cannot be read");
        Files.delete(book);
        try (AuditLog log = open(folder)) {
            assertThatThrownBy(() -> log.record(ACME, 0))
                    .as("without the book a bundle is just missing")
                    .isInstanceOf(UncheckedIOException.class);
        }
    }

    @Test
    void open_baseOrSegmentGone_isRefused() throws Exception {
        try (AuditLog log = open(folder)) {
            prune(log);
            trim(log);
        }
        Path base = folder.resolve("journal/base");
        byte[] bytes = Files.readAllBytes(base);
        Files.delete(base);
        expectUnavailable("of the journal is missing");
        bytes[100] ^= 1;
        Files.write(base, bytes);
        expectUnavailable("is broken");
        bytes[100] ^= 1;
        Files.write(base, bytes);
        Files.move(folder.resolve("journal/carried"), temporary.resolve("carried"));
        expectUnavailable("carried records are missing");
        byte[] carried = Files.readAllBytes(temporary.resolve("carried"));
        carried[50] ^= 1;
        Files.write(folder.resolve("journal/carried"), carried);
        expectUnavailable("are not those that");
    }

    private void expectUnavailable(String why) {
        try (AuditLog log = AuditLog.open(config(folder))) {
            assertThat(log.status().unavailable()).get().asString().contains(why);
            assertThatThrownBy(() -> log.append(draftOf(ACME, 10)))
                    .isInstanceOf(AuditUnavailableException.class);
        }
    }

    @Test
    void open_afterACrashAtEachStep_isPrunedOrNot_andFinished() throws Exception {
        try (AuditLog log = open(folder)) {
            var _ = log.prune(PRUNE, GROUNDS);
            Path recorded = copy(folder, temporary.resolve("recorded"));
            log.removePruned(PRUNE);
            Path removed = copy(folder, temporary.resolve("removed"));
            log.finishPrunes(List.of(PRUNE));
            trim(log);
            Path trimmed = copy(folder, temporary.resolve("trimmed"));
            for (Path crashed : List.of(recorded, removed, trimmed)) {
                try (AuditLog again = open(crashed)) {
                    expectPruned(again);
                    assertThat(crashed.resolve("logs/acme/tile/entries/000")).doesNotExist();
                    assertThat(crashed.resolve("logs/acme/tile/entries/001")).exists();
                    assertThat(again.unfinishedPrunes()).hasSize(crashed.equals(trimmed) ? 0 : 1);
                    again.finishPrunes(again.unfinishedPrunes());
                    assertThat(again.unfinishedPrunes()).isEmpty();
                    assertThat(trim(again).segments()).isNotNegative();
                    expectPruned(again);
                }
            }
        }
    }

    @Test
    void open_tilesLostAfterAPrune_areMadeAgainWithoutWhatWasPruned() throws Exception {
        try (AuditLog log = open(folder)) {
            prune(log);
        }
        Files.delete(folder.resolve("state"));
        try (AuditLog log = open(folder)) {
            expectPruned(log);
            assertThat(folder.resolve("logs/acme/tile/entries/000")).doesNotExist();
        }
    }

    @Test
    void append_tenantAtItsQuota_mayGoOnAfterAPrune() throws Exception {
        AuditLogConfig tight = config(folder).withTenantQuota(RECORDS * 8000L);
        try (AuditLog log = open(tight)) {
            assertThatThrownBy(() -> log.append(draftOf(ACME, 8000)))
                    .hasMessageContaining("has used its journal quota");
            prune(log);
            log.append(draftOf(ACME, 8000));
        }
        try (AuditLog log = open(tight)) {
            log.append(draftOf(ACME, 8000));
        }
    }

    @Test
    void checkpoints_ofEverySize_stillRecompute() {
        try (AuditLog log = open(folder)) {
            prune(log);
            for (long size : new long[] {1, 255, 700, 1024, RECORDS}) {
                Checkpoint checkpoint = Checkpoint.parse(log.checkpointAt(ACME, size).text());
                assertThat(checkpoint.root()).isEqualTo(log.root(ACME, size));
            }
            assertThat(log.kept(ACME)).hasSize(1);
        }
    }

    @Test
    void prune_notWholeBundles_orNothing_isRefused() {
        assertThatThrownBy(() -> new Prune(ACME, new IndexRange(0, 100), List.of(), 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Prune(ACME, RANGE, List.of(RANGE), 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Prune(TenantId.NODE, RANGE, List.of(), 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(Prune.parse(PRUNE.json())).isEqualTo(PRUNE);
        assertThat(PRUNE.count()).isEqualTo(768);
    }
}
