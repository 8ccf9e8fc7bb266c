package dev.mapsovereign.auditlog;

import static dev.mapsovereign.auditlog.TestLog.ACME;
import static dev.mapsovereign.auditlog.TestLog.append;
import static dev.mapsovereign.auditlog.TestLog.appendAtOnce;
import static dev.mapsovereign.auditlog.TestLog.breathe;
import static dev.mapsovereign.auditlog.TestLog.config;
import static dev.mapsovereign.auditlog.TestLog.copy;
import static dev.mapsovereign.auditlog.TestLog.draft;
import static dev.mapsovereign.auditlog.TestLog.draftOf;
import static dev.mapsovereign.auditlog.TestLog.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.checkpoint.LogSigner;
import dev.mapsovereign.auditlog.checkpoint.NoteStore;
import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.tree.PruneBook;
import dev.mapsovereign.auditlog.tree.StateFile;
import dev.mapsovereign.auditlog.tree.TileFiles;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a start makes of a journal that was torn, changed, cut or mixed up. */
@ExtendWith(SeededRandomExtension.class)
class RecoveryTest {
    @TempDir Path temporary;

    /** As a crash left it: five records, checkpoint and state over the first three. */
    private Path folder;

    /** The same log, at the moment when nothing more was published. */
    private LogCheck.Checked before;

    private final Map<String, LogSigner> signers = new HashMap<>();

    @BeforeEach
    void crash() {
        Path live = temporary.resolve("live");
        folder = temporary.resolve("crashed");
        try (AuditLog log = open(live)) {
            append(log, ACME, 3);
        }
        try (AuditLog log = open(live)) {
            log.append(draft(ACME, "fourth"));
            before = checkedCopy(copy(live, temporary.resolve("fourth")));
            log.append(draft(ACME, "fifth"));
            awaitSeal(live);
            copy(live, folder);
        }
    }

    @Test
    void open_unharmed_hasEverything() {
        try (AuditLog log = open(folder)) {
            assertThat(LogCheck.check(log).of(ACME)).hasSize(5);
        }
    }

    @Test
    void open_lastBatchTornAtAnyByte_isCutThere() throws Exception {
        SegmentImage image = SegmentImage.read(folder, 1);
        SegmentImage.Found last = image.lastData();
        byte[] batch = image.bytes(last);
        image.zeroFrom(last.offset()).write();
        for (int torn = batch.length - 1; torn >= 0; torn--) {
            if (batch[torn] == 0) {
                continue; // without it, the same bytes are there as without the one before
            }
            image.patch(last.offset(), Arrays.copyOf(Arrays.copyOf(batch, torn), batch.length));
            Recovery.Found found = recovery(folder).read();
            assertThat(found.state().trees().get(1).size()).as("torn at %d", torn).isEqualTo(4);
            assertThat(found.tornFrom()).isEqualTo(last.offset());
            assertThat(found.tornTo()).isEqualTo(torn == 0 ? last.offset() : last.end());
            if (torn % 97 == 0) {
                assertGoesOnAfterFour(copy(folder, temporary.resolve("torn" + torn)));
            }
        }
        image.patch(last.offset(), batch);
        assertThat(recovery(folder).read().state().trees().get(1).size()).isEqualTo(5);
    }

    @Test
    void open_pagesOfTheLastBatchMissing_isCutOrWhole(SeededRandom random) throws Exception {
        Path live = temporary.resolve("large");
        try (AuditLog log = open(live)) {
            log.append(draft(ACME, "small"));
            log.append(draftOf(ACME, 40_000));
            awaitSeal(live);
            copy(live, temporary.resolve("copy"));
        }
        Path copy = temporary.resolve("copy");
        SegmentImage.Found last = SegmentImage.read(copy, 1).lastData();
        SegmentImage.read(copy, 1).zeroFrom(last.end()).write();
        byte[] whole = SegmentImage.read(copy, 1).bytes();
        for (int round = 0; round < 100; round++) {
            byte[] torn = whole.clone();
            boolean any = false;
            for (int page = last.offset(); page < last.end(); page += 4096) {
                if (random.nextBoolean()) {
                    Arrays.fill(torn, page, page + 4096, (byte) 0);
                    any = true;
                }
            }
            Files.write(SegmentImage.path(copy, 1), torn);
            Recovery.Found found = recovery(copy).read();
            assertThat(found.state().trees().get(1).size()).isEqualTo(any ? 1 : 2);
        }
    }

    @Test
    void open_bitFlippedAnywhereInTheSealedLastBatch_isRefused() throws Exception {
        SegmentImage image = SegmentImage.read(folder, 1);
        SegmentImage.Found last = image.lastData();
        byte[] batch = image.bytes(last);
        for (int at = 0; at < last.length(); at++) {
            byte[] flipped = batch.clone();
            flipped[at] ^= (byte) (1 << (at % 8));
            image.patch(last.offset(), flipped);
            assertThatThrownBy(() -> recovery(folder).read())
                    .as("byte %d", at)
                    .isInstanceOf(JournalDamageException.class);
        }
        image.patch(last.offset(), batch);
        SegmentImage.read(folder, 1).flip(last.offset() + last.length() / 2, 3).write();
        assertRefused(folder, "something was written behind it");
    }

    @Test
    void open_bitFlippedInTheLastBatchUnderACheckpointAlone_isRefused() throws Exception {
        Path live = temporary.resolve("signed");
        Path copy = temporary.resolve("signed-copy");
        try (AuditLog log = open(live)) {
            append(log, ACME, 2);
            log.publishCheckpoint(ACME);
            awaitSeal(live);
            copy(live, copy);
        }
        Files.deleteIfExists(copy.resolve("state"));
        SegmentImage image = SegmentImage.read(copy, 1);
        SegmentImage.Found last = image.lastData();
        // As if the process had died after the checkpoint and before the seal.
        image.zeroFrom(last.end()).flip(last.offset() + last.length() - 5, 1).write();
        assertRefused(copy, "does not recompute");
    }

    @Test
    void open_bitFlippedInTheLastBatchUnderAStateAlone_isRefused() throws Exception {
        Path live = temporary.resolve("stated");
        Path copy = temporary.resolve("stated-copy");
        try (AuditLog log = open(live)) {
            append(log, ACME, 2);
        }
        copy(live, copy);
        TestLog.delete(copy.resolve("checkpoints"));
        SegmentImage image = SegmentImage.read(copy, 1);
        // The state names the seal as the last batch: damage to it is damage to what was synced.
        SegmentImage.Found seal = image.batches().getLast();
        image.flip(seal.offset() + 50, 1).write();
        assertRefused(copy, "not the one that the state names");
    }

    @Test
    void open_bitFlippedInAnEarlierBatchBehindTheState_isRefused() throws Exception {
        SegmentImage image = SegmentImage.read(folder, 1);
        SegmentImage.Found fourth =
                image.batches().stream()
                        .filter(batch -> batch.kind() == 1)
                        .toList()
                        .reversed()
                        .get(1);
        image.flip(fourth.offset() + 300, 0).write();
        assertRefused(folder, "is broken, and something was written behind it");
    }

    @Test
    void open_bitFlippedBeforeTheState_isFoundWhenItIsRead() throws Exception {
        Path live = temporary.resolve("tiled");
        try (AuditLog log = open(live)) {
            append(log, ACME, 300);
        }
        SegmentImage image = SegmentImage.read(live, 1);
        // A record in a full bundle: of those in none, the start reads every byte.
        SegmentImage.Found some = image.batches().get(100);
        image.flip(some.offset() + some.length() - 10, 5).write();
        try (AuditLog log = open(live);
                JournalReader reader = log.follow(Position.START)) {
            assertThatThrownBy(
                            () -> {
                                while (!reader.next(100, Duration.ZERO).isEmpty()) {}
                            })
                    .isInstanceOf(AuditIntegrityException.class)
                    .hasMessageContaining("is broken");
        }
    }

    @Test
    void record_bitFlippedInItsBundleOrTile_isRefused() throws Exception {
        Path live = temporary.resolve("tiled");
        try (AuditLog log = open(live)) {
            appendAtOnce(log, ACME, 600);
            log.publishCheckpoint(ACME);
        }
        Path tiles = live.resolve("logs/acme/tile");
        for (String name : new String[] {"entries/000", "0/000"}) {
            byte[] good = Files.readAllBytes(tiles.resolve(name));
            byte[] bad = good.clone();
            bad[bad.length / 3] ^= 4;
            Files.write(tiles.resolve(name), bad);
            try (AuditLog log = open(live)) {
                assertThatThrownBy(() -> log.leaves(ACME, 0, 256))
                        .as(name)
                        .isInstanceOf(AuditIntegrityException.class);
                assertThat(log.leaves(ACME, 256, 344)).hasSize(344);
            }
            Files.write(tiles.resolve(name), good);
        }
    }

    /** Bundle and tile agree with each other, so only the tree above them can tell. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void record_changedInItsBundleAndTileAlike_isRefused(boolean restarted) throws Exception {
        Path live = temporary.resolve("alike");
        AuditLog log = open(live);
        try {
            appendAtOnce(log, ACME, 600);
            log.publishCheckpoint(ACME);
            if (restarted) {
                log.close();
            }
            Path tiles = live.resolve("logs/acme/tile");
            while (!Files.exists(tiles.resolve("0/001"))) {
                breathe(); // once the second is there, the first is read from its files
            }
            List<byte[]> entries =
                    new ArrayList<>(
                            Tiles.decodeBundle(
                                    Files.readAllBytes(tiles.resolve("entries/000")), Tiles.WIDTH));
            byte[] leaf = entries.get(7);
            leaf[leaf.length - 10] ^= 1;
            Files.write(tiles.resolve("entries/000"), Tiles.encodeBundle(entries));
            byte[] tile = Files.readAllBytes(tiles.resolve("0/000"));
            System.arraycopy(MerkleHash.leaf(leaf), 0, tile, 7 * 32, 32);
            Files.write(tiles.resolve("0/000"), tile);
            if (restarted) {
                log = open(live);
            }
            AuditLog opened = log;
            assertThatThrownBy(() -> opened.record(ACME, 7))
                    .isInstanceOf(AuditIntegrityException.class)
                    .hasMessageContaining("record 7 of acme");
            assertThat(log.leaves(ACME, 256, 344)).hasSize(344);
        } finally {
            log.close();
        }
    }

    @Test
    void record_bitFlippedInTheJournal_isRefused() throws Exception {
        Path live = temporary.resolve("journal");
        try (AuditLog log = open(live)) {
            append(log, ACME, 3);
            SegmentImage.Found last = SegmentImage.read(live, 1).lastData();
            log.record(ACME, 2);
            SegmentImage.read(live, 1).flip(last.offset() + last.length() - 5, 2).write();
            assertThatThrownBy(() -> log.record(ACME, 2))
                    .isInstanceOf(AuditIntegrityException.class)
                    .hasMessageContaining("record 2 of acme");
        }
    }

    @Test
    void open_segmentMissing_isRefused() throws Exception {
        Path live = threeSegments();
        for (int segment = 1; segment <= 3; segment++) {
            Path copy = copy(live, temporary.resolve("without" + segment));
            Files.delete(SegmentImage.path(copy, segment));
            assertRefused(copy, "missing");
            Path unstated = copy(live, temporary.resolve("unstated-without" + segment));
            Files.delete(SegmentImage.path(unstated, segment));
            Files.delete(unstated.resolve("state"));
            TestLog.delete(unstated.resolve("checkpoints"));
            assertRefused(unstated, "missing");
        }
    }

    @Test
    void open_segmentCut_isRefused() throws Exception {
        Path live = threeSegments();
        for (int segment = 1; segment <= 3; segment++) {
            Path copy = copy(live, temporary.resolve("cut" + segment));
            byte[] bytes = SegmentImage.read(copy, segment).bytes();
            Files.write(SegmentImage.path(copy, segment), Arrays.copyOf(bytes, bytes.length - 100));
            assertRefused(copy, "bytes, its header says");
        }
    }

    @Test
    void open_segmentOfAnotherJournal_isRefused() throws Exception {
        Path live = threeSegments();
        Path other = temporary.resolve("other");
        try (AuditLog log = open(other)) {
            for (int i = 0; i < 250; i++) {
                log.append(draftOf(ACME, 40_000));
            }
        }
        Files.copy(
                SegmentImage.path(other, 2),
                SegmentImage.path(live, 2),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertRefused(live, "belongs to another journal");
    }

    @Test
    void open_segmentsSwapped_isRefused() throws Exception {
        Path live = threeSegments();
        Path first = SegmentImage.path(live, 1);
        Path second = SegmentImage.path(live, 2);
        Path aside = live.resolve("aside");
        Files.move(first, aside);
        Files.move(second, first);
        Files.move(aside, second);
        assertRefused(live, "says that it is segment");
    }

    @Test
    void open_lastSegmentFromAnOlderCopy_isRefused() throws Exception {
        Path live = temporary.resolve("rolled");
        Path old = temporary.resolve("old");
        try (AuditLog log = open(live)) {
            append(log, ACME, 3);
        }
        copy(live, old);
        try (AuditLog log = open(live)) {
            append(log, ACME, 3);
        }
        Files.write(SegmentImage.path(live, 1), SegmentImage.read(old, 1).bytes());
        assertRefused(live, "not those that");
        Files.delete(live.resolve("state"));
        assertRefused(live, "does not recompute");
    }

    @Test
    void open_journalGone_isRefused() throws Exception {
        TestLog.delete(folder.resolve("journal"));
        assertRefused(folder, "has no segments");
    }

    @Test
    void open_noteBrokenBeforeOthers_isRefused() throws Exception {
        Path notes = newestNotes();
        byte[] bytes = Files.readAllBytes(notes);
        bytes[100] ^= 1;
        Files.write(notes, bytes);
        assertRefused(folder, "is broken at byte 0");
    }

    @Test
    void open_keptCheckpointChanged_isRefused() throws Exception {
        Path live = temporary.resolve("kept");
        SignedNote note;
        try (AuditLog log = open(live)) {
            append(log, ACME, 3);
            note = log.publishCheckpoint(ACME);
            log.keep(ACME, note);
        }
        Path file = live.resolve("logs/acme/kept/3");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 10] ^= 2;
        Files.write(file, bytes);
        assertRefused(live, "");
        Files.write(file, note.bytes());
        open(live).close();
    }

    @Test
    void open_strangeBytesFarBehindTheEnd_isRefused() throws Exception {
        SegmentImage image = SegmentImage.read(folder, 1);
        image.bytes()[image.bytes().length - 1] = 1;
        image.write();
        assertRefused(folder, "something was written behind it");
    }

    @Test
    void open_damageRepaired_isAvailableAgain() throws Exception {
        SegmentImage.Found last = SegmentImage.read(folder, 1).lastData();
        SegmentImage.read(folder, 1).flip(last.offset() + 200, 1).write();
        assertRefused(folder, "broken");
        SegmentImage.read(folder, 1).flip(last.offset() + 200, 1).write();
        try (AuditLog log = open(folder)) {
            assertThat(LogCheck.check(log).of(ACME)).hasSize(5);
        }
    }

    /** Checked in a copy, since the check publishes checkpoints. */
    private static LogCheck.Checked checkedCopy(Path copy) {
        try (AuditLog log = open(copy)) {
            return LogCheck.check(log);
        }
    }

    private Path threeSegments() {
        Path live = temporary.resolve("three");
        try (AuditLog log = open(live)) {
            for (int i = 0; i < 250; i++) {
                log.append(draftOf(ACME, 40_000));
            }
            assertThat(log.status().segments()).isEqualTo(3);
        }
        return live;
    }

    private void assertGoesOnAfterFour(Path copy) {
        try (AuditLog log = open(copy)) {
            assertThat(LogCheck.check(log)).isEqualTo(before);
            assertThat(log.append(draft(ACME, "again")).index()).isEqualTo(4);
            LogCheck.check(log);
        }
        try (AuditLog log = open(copy)) {
            assertThat(LogCheck.check(log).of(ACME)).hasSize(5);
        }
    }

    /** It opens, refuses everything, names the reason, and changes no file. */
    private static void assertRefused(Path damaged, String reason) throws IOException {
        Map<String, String> files = digests(damaged);
        try (AuditLog log = AuditLog.open(config(damaged))) {
            assertThat(log.status().unavailable().orElse("available")).contains(reason);
            assertThatThrownBy(() -> log.append(draft(ACME, "x")))
                    .isInstanceOf(AuditUnavailableException.class);
            assertThatThrownBy(() -> log.begin(draft(ACME, "x")))
                    .isInstanceOf(AuditUnavailableException.class);
            assertThatThrownBy(() -> log.createTenant(TenantId.of("new")))
                    .isInstanceOf(AuditUnavailableException.class);
            assertThatThrownBy(() -> log.signNote("x", java.util.List.of("y")))
                    .isInstanceOf(AuditUnavailableException.class);
        }
        assertThat(digests(damaged)).isEqualTo(files);
    }

    private static Map<String, String> digests(Path folder) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(file).toString();
                if (!name.startsWith("lock")) {
                    digests.put(name, Hex.encode(LogCheck.sha256(Files.readAllBytes(file))));
                }
            }
        }
        return digests;
    }

    private Recovery recovery(Path folder) throws IOException, JournalDamageException {
        AuditLogConfig config = config(folder);
        SegmentFolder segments = SegmentFolder.open(folder.resolve("journal"));
        return new Recovery(
                segments,
                new StateFile(folder.resolve("state")),
                new StateFile(folder.resolve("journal/base")),
                NoteStore.open(folder.resolve("checkpoints"), Limits.NOTES_BYTES_MAX),
                new KeptNotes(folder.resolve("logs")),
                new TileFiles(folder.resolve("logs"), segments, PruneBook.open(folder)),
                (tree, note) ->
                        signers
                                .computeIfAbsent(
                                        segments.last().node() + "/" + tree.tenant(),
                                        origin ->
                                                new LogSigner(
                                                        config.logSeed(),
                                                        origin,
                                                        tree.epoch(),
                                                        config.ed25519(),
                                                        config.clock()))
                                .keys()
                                .stream()
                                .allMatch(key -> note.verifies(key, config.ed25519())));
    }

    private Path newestNotes() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("checkpoints"))) {
            return files.max(Path::compareTo).orElseThrow();
        }
    }

    /** Waits until the idle journal's last batch is a seal. */
    private static void awaitSeal(Path folder) {
        while (SegmentImage.read(folder, 1).batches().getLast().kind() != 2) {
            TestLog.breathe();
        }
    }
}
