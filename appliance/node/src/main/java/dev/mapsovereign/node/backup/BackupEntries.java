package dev.mapsovereign.node.backup;

import dev.mapsovereign.base.age.AgeDecryption;
import dev.mapsovereign.base.age.AgeException;
import dev.mapsovereign.base.age.AgeIdentity;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.node.backup.BackupFolder.Line;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipInputStream;

/**
 * The files of a verified backup, one after the other: index and manifest are in the same order, so
 * neither is held. For one thread.
 */
final class BackupEntries implements AutoCloseable {
    private final BackupFolder backup;
    private final List<AgeIdentity> identities;
    private final InputStream index;
    private final BackupFolder.Manifest manifest;
    private List<Line> stored = List.of();
    private Optional<FileEntry> current = Optional.empty();

    private BackupEntries(
            BackupFolder backup,
            List<AgeIdentity> identities,
            InputStream index,
            BackupFolder.Manifest manifest) {
        this.backup = backup;
        this.identities = identities;
        this.index = index;
        this.manifest = manifest;
    }

    /**
     * From the first one on.
     *
     * @param identities that can decrypt it
     * @throws OperatorException environment, if it is encrypted to none of them
     */
    static BackupEntries of(BackupFolder backup, List<AgeIdentity> identities) throws IOException {
        if (backup.description().encrypted() && identities.isEmpty()) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    backup.path()
                            + " is encrypted to "
                            + String.join(", ", backup.description().encryptedTo()),
                    "--identity FILE names the age identity that can decrypt it");
        }
        return new BackupEntries(
                backup,
                identities,
                new BufferedInputStream(open(backup, identities, backup.index())),
                backup.manifest());
    }

    /**
     * Finds out whether these identities can read it.
     *
     * @throws OperatorException environment, if it is encrypted to none of them
     */
    static void requireReadable(BackupFolder backup, List<AgeIdentity> identities)
            throws IOException {
        of(backup, identities).close();
    }

    /** Goes on to the next one; empty at the end. */
    Optional<FileEntry> next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int value = index.read(); value != '\n'; value = index.read()) {
            if (value < 0) {
                if (line.size() > 0) {
                    throw inconsistent();
                }
                return Optional.empty();
            }
            if (line.size() == Limits.INDEX_LINE_BYTES_MAX) {
                throw inconsistent();
            }
            line.write(value);
        }
        FileEntry entry = parse(line.toByteArray());
        List<Line> lines = new ArrayList<>();
        for (String name : entry.stored()) {
            Line found = manifest.next().orElseThrow(this::inconsistent);
            if (!found.name().equals(name)) {
                throw inconsistent();
            }
            lines.add(found);
        }
        stored = lines;
        current = Optional.of(entry);
        return current;
    }

    private FileEntry parse(byte[] line) {
        try {
            return FileEntry.parse(line);
        } catch (IllegalArgumentException e) {
            throw inconsistent();
        }
    }

    /**
     * The content of the one that {@link #next} gave, as it was on the host; to be read to its end.
     */
    InputStream content() throws IOException {
        InputStream plain = open(backup, identities, stored);
        if (!current.orElseThrow().zipped()) {
            return plain;
        }
        ZipInputStream zip = new ZipInputStream(plain);
        if (zip.getNextEntry() == null) {
            zip.close();
            throw inconsistent();
        }
        return new Unzipped(zip, plain);
    }

    /** The one file of an archive; the archive is read to its own end, to be compared there. */
    private static final class Unzipped extends FilterInputStream {
        private final InputStream archive;

        Unzipped(ZipInputStream zip, InputStream archive) {
            super(zip);
            this.archive = archive;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            if (read < 0) {
                archive.transferTo(OutputStream.nullOutputStream());
            }
            return read;
        }
    }

    private static InputStream open(
            BackupFolder backup, List<AgeIdentity> identities, List<Line> lines)
            throws IOException {
        List<InputStream> parts = new ArrayList<>();
        for (Line line : lines) {
            parts.add(backup.read(line));
        }
        InputStream all =
                parts.size() == 1
                        ? parts.getFirst()
                        : new SequenceInputStream(Collections.enumeration(parts));
        if (!backup.description().encrypted()) {
            return all;
        }
        try {
            return new AgeDecryption(all, identities);
        } catch (AgeException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    lines.getFirst().name() + ": " + e.getMessage(),
                    "--identity FILE names the age identity that can decrypt it");
        }
    }

    private OperatorException inconsistent() {
        return new OperatorException(
                ExitCode.TAMPERING,
                "the index of " + backup.path() + " does not fit its manifest",
                "nothing was changed; take another backup");
    }

    @Override
    public void close() throws IOException {
        index.close();
        manifest.close();
    }
}
