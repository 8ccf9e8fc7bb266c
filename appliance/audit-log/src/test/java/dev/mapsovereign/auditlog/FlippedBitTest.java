package dev.mapsovereign.auditlog;

import static dev.mapsovereign.auditlog.TestLog.ACME;
import static dev.mapsovereign.auditlog.TestLog.append;
import static dev.mapsovereign.auditlog.TestLog.appendAtOnce;
import static dev.mapsovereign.auditlog.TestLog.copy;
import static dev.mapsovereign.auditlog.TestLog.open;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * One flipped bit in each kind of file of the audit folder: refused when the log is opened, refused
 * when it is read, or without any effect on what is read; never believed. The table of it is
 * docs/internals/faults.md. {@link RecoveryTest} flips every bit of some of them.
 */
@ExtendWith(SeededRandomExtension.class)
class FlippedBitTest {
    private static final int FLIPS = 3;

    @TempDir Path temporary;

    /** A log closed in order: two full tiles, two rounds of checkpoints, one kept. */
    private Path sound = Path.of("");

    private LogCheck.Checked before = new LogCheck.Checked(java.util.Map.of());
    private int copies;

    private enum Verdict {
        REFUSED_AT_START,
        REFUSED_AT_READ,
        UNHARMED
    }

    @BeforeEach
    void make() {
        sound = temporary.resolve("sound");
        try (AuditLog log = open(sound)) {
            appendAtOnce(log, ACME, 500);
            log.keep(ACME, log.publishCheckpoint(ACME));
            append(log, ACME, 100);
            before = LogCheck.check(log);
        }
    }

    @Test
    void segmentHeader_flipped_isRefusedAtStart(SeededRandom random) throws IOException {
        flip(SegmentImage.path(sound, 1), 0, 4096, EnumSet.of(Verdict.REFUSED_AT_START), random);
    }

    @Test
    void batchHeaderOrBody_flipped_isRefused(SeededRandom random) throws IOException {
        List<SegmentImage.Found> batches = SegmentImage.read(sound, 1).batches();
        Set<Verdict> refused = EnumSet.of(Verdict.REFUSED_AT_START, Verdict.REFUSED_AT_READ);
        Path segment = SegmentImage.path(sound, 1);
        for (int i = 0; i < FLIPS; i++) {
            SegmentImage.Found batch = batches.get(random.nextInt(batches.size()));
            flip(segment, batch.offset(), 112, refused, random);
            flip(segment, batch.offset(), batch.length(), refused, random);
        }
    }

    @Test
    void unusedRestOfTheSegment_flipped_isRefusedOrCut(SeededRandom random) throws IOException {
        // Just behind the end it can be a torn batch, of which nobody was told.
        int end = SegmentImage.read(sound, 1).batches().getLast().end();
        flip(
                SegmentImage.path(sound, 1),
                end,
                (int) TestLog.SEGMENT_BYTES - end,
                EnumSet.of(Verdict.REFUSED_AT_START, Verdict.UNHARMED),
                random);
    }

    @Test
    void state_flipped_isMadeAgainFromTheJournal(SeededRandom random) throws IOException {
        flip(sound.resolve("state"), EnumSet.of(Verdict.UNHARMED), random);
    }

    @Test
    void hashTile_flipped_isRefusedAtRead(SeededRandom random) throws IOException {
        Path tile = sound.resolve("logs/acme/tile/0/000");
        flip(tile, EnumSet.of(Verdict.REFUSED_AT_START, Verdict.REFUSED_AT_READ), random);
    }

    @Test
    void entryBundle_flipped_isRefusedAtRead(SeededRandom random) throws IOException {
        Path bundle = sound.resolve("logs/acme/tile/entries/001");
        flip(bundle, EnumSet.of(Verdict.REFUSED_AT_READ), random);
    }

    @Test
    void checkpoints_flipped_areRefusedOrMadeAgain(SeededRandom random) throws IOException {
        // The newest frame alone can be torn; its checkpoints are signed anew over the same trees.
        Path notes = sound.resolve("checkpoints/0000000000000001.notes");
        flip(notes, EnumSet.of(Verdict.REFUSED_AT_START, Verdict.UNHARMED), random);
        flip(notes, 0, 200, EnumSet.of(Verdict.REFUSED_AT_START), random);
    }

    @Test
    void keptCheckpoint_flipped_isRefusedAtStart(SeededRandom random) throws IOException {
        Path kept = sound.resolve("logs/acme/kept/500");
        flip(kept, EnumSet.of(Verdict.REFUSED_AT_START), random);
    }

    @Test
    void leftoverStandby_flipped_isNeverUsed() throws IOException {
        Path damaged = copy(sound, temporary.resolve("standby"));
        Files.write(damaged.resolve("journal/standby-1"), new byte[] {1, 2, 3});
        assertThat(verdict(damaged)).isEqualTo(Verdict.UNHARMED);
    }

    private void flip(Path file, Set<Verdict> expected, SeededRandom random) throws IOException {
        flip(file, 0, (int) Files.size(file), expected, random);
    }

    private void flip(Path file, int from, int length, Set<Verdict> expected, SeededRandom random)
            throws IOException {
        for (int i = 0; i < FLIPS; i++) {
            Path damaged = copy(sound, temporary.resolve("damaged" + ++copies));
            Path target = damaged.resolve(sound.relativize(file).toString());
            int at = from + random.nextInt(length);
            byte[] bytes = Files.readAllBytes(target);
            bytes[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(target, bytes);
            assertThat(verdict(damaged)).as("byte %d of %s", at, file).isIn(expected);
            TestLog.delete(damaged);
        }
    }

    /** Opens and reads everything; whatever is not refused must be what it was. */
    private Verdict verdict(Path damaged) {
        try (AuditLog log = open(damaged)) {
            if (log.status().unavailable().isPresent()) {
                return Verdict.REFUSED_AT_START;
            }
            assertThat(LogCheck.check(log).of(ACME)).isEqualTo(before.of(ACME));
            return Verdict.UNHARMED;
        } catch (AuditIntegrityException e) {
            return Verdict.REFUSED_AT_READ;
        } catch (OperatorException e) {
            return Verdict.REFUSED_AT_START;
        }
    }
}
