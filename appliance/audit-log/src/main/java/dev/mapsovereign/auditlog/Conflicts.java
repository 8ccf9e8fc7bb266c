package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.note.SignedNote;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Checkpoints that our own keys signed and our tree never had, {@code conflicts/<16 hex digits>}.
 * While there is one, the log does not start: somebody has to find out first which of two histories
 * is the true one.
 */
final class Conflicts {
    private static final int NAME_LENGTH = 16;

    private final Path folder;

    /**
     * @param auditFolder the log's folder
     */
    Conflicts(Path auditFolder) {
        folder = auditFolder.resolve("conflicts");
    }

    /** Keeps one, durably. */
    Path keep(SignedNote note) throws IOException {
        DurableFiles.createDirectories(folder, Mode.PRIVATE);
        String name = Hex.encode(Sha256.hash(note.bytes())).substring(0, NAME_LENGTH);
        Path file = folder.resolve(name);
        DurableFiles.write(file, note.bytes(), Mode.PRIVATE);
        return file;
    }

    /**
     * @throws JournalDamageException if there is one
     */
    void requireNone() throws IOException, JournalDamageException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                throw new JournalDamageException(finding(file));
            }
        }
    }

    /** What an operator has to know. */
    static String finding(Path kept) {
        return "this log's own keys signed a second history; the proof is " + kept;
    }
}
