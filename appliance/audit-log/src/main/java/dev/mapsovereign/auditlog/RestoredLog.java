package dev.mapsovereign.auditlog;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Marks a log that came back from a backup, file {@code restored} in the audit folder. What was
 * signed after the backup is not there: if the log went on, the same indexes would be signed twice.
 * So it does not open, until {@link NewLog} has laid it aside together with its mark.
 */
public final class RestoredLog {
    /** Its name in the audit folder. */
    public static final String FILE = "restored";

    /** One line; more was not written here. */
    private static final int LINE_BYTES_MAX = 1024;

    private RestoredLog() {}

    /**
     * The file's content.
     *
     * @param backup name of the backup, for people
     */
    public static byte[] mark(String backup, Instant restored) {
        return (backup + " on " + restored + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * @throws OperatorException if the log is marked
     */
    static void requireNone(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        byte[] line = new byte[LINE_BYTES_MAX];
        int length;
        try (var in = Files.newInputStream(file)) {
            length = in.readNBytes(line, 0, line.length);
        }
        throw new OperatorException(
                ExitCode.FAILED,
                "the audit log in "
                        + folder
                        + " was restored from "
                        + new String(line, 0, length, StandardCharsets.UTF_8).strip()
                        + ": it may have signed more since then, so it must not go on",
                "begin another one, which names it: map audit new-log --dry-run, then --end NODE"
                        + " --reason TEXT");
    }
}
