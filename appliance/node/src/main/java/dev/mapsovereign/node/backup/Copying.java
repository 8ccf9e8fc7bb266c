package dev.mapsovereign.node.backup;

import dev.mapsovereign.node.backup.Sources.ChangedException;
import dev.mapsovereign.node.backup.Sources.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Copies files of the host into a backup and writes its index. For one thread. */
final class Copying {
    private final StoredFiles stored;
    private final StoredFiles.Content index;
    private final Step step;
    private final Set<String> names = new HashSet<>();
    private final Map<BackupPart, BackupDescription.Content> contents =
            new EnumMap<>(BackupPart.class);

    /** Told after each piece of work how many bytes of the host were copied since. */
    interface Step {
        void copied(BackupPart part, long bytes) throws IOException;
    }

    Copying(StoredFiles stored, Step step) throws IOException {
        this.stored = stored;
        this.index = stored.begin(BackupLayout.INDEX);
        this.step = step;
    }

    /** What was copied so far. */
    Map<BackupPart, BackupDescription.Content> contents() {
        return contents;
    }

    /** Ends the index. */
    List<String> finish() throws IOException {
        return index.finish();
    }

    /**
     * Copies one file.
     *
     * @throws ChangedException if it is gone or shorter than it was
     */
    void copy(BackupPart part, Source source) throws IOException {
        copy(part, source, source.size(), source.size());
    }

    /**
     * Copies the beginning of a file.
     *
     * @param bytes how much of it
     * @param length of the file; what lies behind is restored as zeros
     */
    void copy(BackupPart part, Source source, long bytes, long length) throws IOException {
        try (InputStream in = Files.newInputStream(source.file(), LinkOption.NOFOLLOW_LINKS)) {
            int mode = mode(source.file());
            List<String> where;
            if (bytes <= Limits.WHOLE_BYTES_MAX) {
                byte[] content = in.readNBytes((int) bytes);
                requireAll(source, content.length, bytes);
                where = stored.put(name(part, source.path()), content);
                step.copied(part, bytes);
            } else {
                where = inPieces(part, source, in, bytes);
            }
            note(new FileEntry(part, source.path(), mode, bytes, length, false, where));
        } catch (NoSuchFileException e) {
            throw changed(source, e);
        }
    }

    private List<String> inPieces(BackupPart part, Source source, InputStream in, long bytes)
            throws IOException {
        try (StoredFiles.Content content = stored.begin(name(part, source.path()))) {
            byte[] piece = new byte[Limits.PIECE_BYTES];
            long left = bytes;
            while (left > 0) {
                int read = in.readNBytes(piece, 0, (int) Math.min(piece.length, left));
                if (read == 0) {
                    requireAll(source, bytes - left, bytes);
                }
                content.write(piece, 0, read);
                left -= read;
                step.copied(part, read);
            }
            return content.finish();
        }
    }

    /** Copies what writes itself as a zip archive of one file. */
    void zipped(BackupPart part, Source source, Archive archive) throws IOException {
        try (StoredFiles.Content content = stored.begin(part.text() + "/" + part.text() + ".zip")) {
            archive.writeTo(content);
            note(
                    new FileEntry(
                            part,
                            source.path(),
                            mode(source.file()),
                            source.size(),
                            source.size(),
                            true,
                            content.finish()));
        }
        step.copied(part, source.size());
    }

    /** Writes itself as an archive. */
    interface Archive {
        void writeTo(StoredFiles.Content content) throws IOException;
    }

    private void note(FileEntry entry) throws IOException {
        index.write(entry.line());
        contents.merge(
                entry.part(),
                new BackupDescription.Content(1, entry.bytes()),
                (one, other) ->
                        new BackupDescription.Content(
                                one.files() + other.files(), one.bytes() + other.bytes()));
    }

    /** Its own name where every file system takes that, and another one where not. */
    private String name(BackupPart part, String path) {
        String own = part.text() + "/" + path;
        if (BackupLayout.isPortable(own)
                && !own.endsWith(BackupLayout.ENCRYPTED)
                && names.add(own.toLowerCase(Locale.ROOT))) {
            return own;
        }
        return BackupLayout.NAMED + stored.count();
    }

    private static int mode(Path file) throws IOException {
        int mode = 0;
        Set<PosixFilePermission> permissions =
                Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS);
        for (PosixFilePermission each : PosixFilePermission.values()) {
            mode = mode << 1 | (permissions.contains(each) ? 1 : 0);
        }
        return mode;
    }

    private static void requireAll(Source source, long read, long bytes) throws IOException {
        if (read < bytes) {
            throw new ChangedException(source.file());
        }
    }

    private static ChangedException changed(Source source, NoSuchFileException e) {
        ChangedException changed = new ChangedException(source.file());
        changed.initCause(e);
        return changed;
    }
}
