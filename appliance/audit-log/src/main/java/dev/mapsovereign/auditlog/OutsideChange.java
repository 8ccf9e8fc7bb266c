package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.record.RecordTime;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * What somebody did to the segments' files under the running log, until a record in {@code _node}
 * tells of it. It can be told only when the log is whole again, perhaps after a restart, so until
 * that record is durable it stands in a file: one line, time and finding.
 *
 * <p>For one thread.
 */
final class OutsideChange {
    private static final System.Logger LOG = System.getLogger(OutsideChange.class.getName());

    private final Path file;
    private final Clock clock;
    private final BiFunction<String, String, Pending> tell;
    private Optional<String> line;
    private Optional<Pending> told = Optional.empty();

    /**
     * @param tell hands over the record of a time and a finding
     * @throws IOException if what an earlier process left cannot be read
     */
    OutsideChange(Path file, Clock clock, BiFunction<String, String, Pending> tell)
            throws IOException {
        this.file = file;
        this.clock = clock;
        this.tell = tell;
        this.line = read(file);
    }

    /** The files are not what they were; only the first finding since the last record counts. */
    void noticed(String finding) {
        if (line.isPresent() && told.isEmpty()) {
            return;
        }
        LOG.log(System.Logger.Level.ERROR, "audit log halted: {0}", finding);
        String now =
                new String(
                        RecordTime.ascii(RecordTime.micros(clock.instant())),
                        StandardCharsets.US_ASCII);
        line = Optional.of(now + " " + finding);
        told = Optional.empty();
        try {
            DurableFiles.write(file, line.get().getBytes(StandardCharsets.UTF_8), Mode.PRIVATE);
        } catch (IOException e) {
            warn("will be forgotten if the process ends now", e);
        }
    }

    /** All files are whole: what was noticed is told, and forgotten once that is durable. */
    void whole() {
        if (line.isEmpty()) {
            return;
        }
        if (told.isEmpty()) {
            LOG.log(System.Logger.Level.WARNING, "audit log goes on: all segments are whole again");
            String time = line.get().substring(0, RecordTime.LENGTH);
            told = Optional.of(tell.apply(time, line.get().substring(RecordTime.LENGTH + 1)));
        } else if (told.get().isDone()) {
            forget();
        }
    }

    private void forget() {
        try {
            boolean _ = DurableFiles.delete(file);
            line = Optional.empty();
            told = Optional.empty();
        } catch (IOException e) {
            warn("will be told once more at the next start", e);
        }
    }

    private void warn(String what, IOException e) {
        LOG.log(
                System.Logger.Level.WARNING,
                "a change of the segments from outside {0}: {1}",
                what,
                e.toString());
    }

    private static Optional<String> read(Path file) throws IOException {
        try {
            String text = Files.readString(file, StandardCharsets.UTF_8);
            return text.length() > RecordTime.LENGTH ? Optional.of(text) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
