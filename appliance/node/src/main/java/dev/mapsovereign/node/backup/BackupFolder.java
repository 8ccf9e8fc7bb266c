package dev.mapsovereign.node.backup;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.note.KindNote;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.SignedNote;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.MalformedInputException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A backup as it lies somewhere; nothing in it is believed before it was compared with the manifest
 * that the node's key signed. Whether that key is the node's is for whoever has its fingerprint on
 * paper. For one thread.
 */
final class BackupFolder {
    private static final int DIGEST_LENGTH = 2 * Sha256.BYTES;
    private static final String GAP = "  ";

    private final Path folder;
    private final BackupDescription description;
    private final String manifestDigest;

    private BackupFolder(Path folder, BackupDescription description, String manifestDigest) {
        this.folder = folder;
        this.description = description;
        this.manifestDigest = manifestDigest;
    }

    /** A line of the manifest. */
    record Line(byte[] digest, String name) {}

    /**
     * Reads what the backup says of itself, and checks the signature over its manifest.
     *
     * @param fingerprint of the key that must have signed it; empty: the one that it names
     * @throws OperatorException environment, if there is no backup; tampering, if the signature
     *     does not hold or is another key's
     */
    static BackupFolder open(Path folder, Optional<String> fingerprint, Ed25519 ed25519) {
        if (!Files.isRegularFile(
                folder.resolve(BackupLayout.SIGNATURE), LinkOption.NOFOLLOW_LINKS)) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    folder + " is no backup: it has no " + BackupLayout.SIGNATURE,
                    "name the folder itself: DIR/" + BackupLayout.PREFIX + "<node>-<time>");
        }
        try {
            byte[] note = whole(folder.resolve(BackupLayout.SIGNATURE), Limits.NOTE_BYTES_MAX);
            byte[] json =
                    whole(folder.resolve(BackupLayout.DESCRIPTION), Limits.DESCRIPTION_BYTES_MAX);
            BackupDescription description = describe(folder, json);
            requireKey(folder, description, fingerprint);
            List<String> lines =
                    KindNote.open(
                            SignedNote.parse(note),
                            BackupLayout.NOTE_KIND,
                            description.nodeKey(),
                            ed25519);
            if (lines.size() != description.noteLines("").size()
                    || !lines.equals(description.noteLines(lines.getLast()))
                    || !description.nodeKey().name().equals(description.node() + "/_node")) {
                throw changed(folder.resolve(BackupLayout.SIGNATURE));
            }
            return new BackupFolder(folder, description, lines.getLast());
        } catch (NoteException e) {
            throw changed(folder.resolve(BackupLayout.SIGNATURE));
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    private static BackupDescription describe(Path folder, byte[] json) {
        try {
            return BackupDescription.parse(json);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    ExitCode.TAMPERING,
                    folder.resolve(BackupLayout.DESCRIPTION)
                            + " is not what was backed up: "
                            + e.getMessage(),
                    e);
        }
    }

    private static void requireKey(
            Path folder, BackupDescription description, Optional<String> fingerprint) {
        String actual = description.nodeKey().fingerprint();
        if (fingerprint.isPresent() && !fingerprint.get().equals(actual)) {
            throw new OperatorException(
                    ExitCode.TAMPERING,
                    folder + " is signed by the key " + actual + ", not by " + fingerprint.get(),
                    "after a rotation of the log's keys it is the newer one's: map keys status"
                            + " lists all");
        }
    }

    Path path() {
        return folder;
    }

    BackupDescription description() {
        return description;
    }

    /**
     * Compares every file with the manifest.
     *
     * @return files that the manifest does not know; nothing ever reads them
     * @throws OperatorException tampering, naming the first file that is not what was backed up
     */
    List<String> verify(BackupProgress progress) {
        Path manifest = folder.resolve(BackupLayout.MANIFEST);
        Set<String> known = new HashSet<>(Set.of(BackupLayout.MANIFEST, BackupLayout.SIGNATURE));
        try {
            requireDigest(BackupLayout.MANIFEST, Hex.decode(manifestDigest));
            long total = size();
            long done = 0;
            boolean described = false;
            try (Manifest lines = manifest()) {
                for (Optional<Line> line = lines.next(); line.isPresent(); line = lines.next()) {
                    String name = line.get().name();
                    done += requireDigest(name, line.get().digest());
                    known.add(name);
                    described = name.equals(BackupLayout.DESCRIPTION);
                    progress.at("verifying", done, total);
                }
            }
            if (!described) {
                throw changed(manifest);
            }
            return strays(known);
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    /** The names of the files that hold the index, in their order. */
    List<Line> index() throws IOException {
        List<Line> found = new ArrayList<>();
        try (Manifest lines = manifest()) {
            for (Optional<Line> line = lines.next(); line.isPresent(); line = lines.next()) {
                if (line.get().name().startsWith(BackupLayout.INDEX)) {
                    found.add(line.get());
                }
            }
        }
        return found;
    }

    /** The manifest from its first line on. */
    Manifest manifest() throws IOException {
        return new Manifest(Files.newBufferedReader(folder.resolve(BackupLayout.MANIFEST)));
    }

    /**
     * A file's bytes; at their end they are compared with the digest, since a medium may answer
     * differently the second time.
     */
    InputStream read(Line line) throws IOException {
        Path file = folder.resolve(line.name());
        return new Compared(Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS), line, file);
    }

    private long requireDigest(String name, byte[] digest) throws IOException {
        Path file = folder.resolve(name);
        requirePlain(file);
        MessageDigest actual = Sha256.digest();
        byte[] piece = new byte[Limits.PIECE_BYTES];
        long bytes = 0;
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                actual.update(piece, 0, read);
                bytes += read;
            }
        }
        if (!MessageDigest.isEqual(actual.digest(), digest)) {
            throw changed(file);
        }
        return bytes;
    }

    private long size() throws IOException {
        long[] bytes = new long[1];
        walk((file, attributes) -> bytes[0] += attributes.size());
        return bytes[0];
    }

    private List<String> strays(Set<String> known) throws IOException {
        List<String> strays = new ArrayList<>();
        walk((file, attributes) -> {
            String name = folder.relativize(file).toString();
            if (!known.contains(name)) {
                strays.add(name);
            }
        });
        return strays;
    }

    private interface Visit {
        void file(Path file, BasicFileAttributes attributes);
    }

    private void walk(Visit visit) throws IOException {
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        visit.file(file, attributes);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /** To open a pipe would wait for somebody who writes into it. */
    private static void requirePlain(Path file) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        boolean other = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        throw new OperatorException(
                ExitCode.TAMPERING,
                file + (other ? " is no plain file" : " is missing"),
                "this backup is not whole; take another one");
    }

    private static byte[] whole(Path file, int bytesMax) throws IOException {
        requirePlain(file);
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = in.readNBytes(bytesMax + 1);
            if (bytes.length > bytesMax) {
                throw changed(file);
            }
            return bytes;
        }
    }

    /** A file that is not what its node backed up. */
    static OperatorException changed(Path file) {
        return new OperatorException(
                ExitCode.TAMPERING,
                file + " is not what was backed up",
                "nothing was written; take another backup, and find out who changed this one");
    }

    private static OperatorException unreadable(Path folder, IOException e) {
        return new OperatorException(
                ExitCode.ENVIRONMENT, "cannot read " + folder + ": " + IoReason.of(e), e);
    }

    /** Reads a manifest line by line. */
    final class Manifest implements AutoCloseable {
        private final BufferedReader lines;

        private Manifest(BufferedReader lines) {
            this.lines = lines;
        }

        /** The next line; empty at the end. */
        Optional<Line> next() throws IOException {
            try {
                String line = lines.readLine();
                return line == null ? Optional.empty() : Optional.of(parse(line));
            } catch (MalformedInputException | IllegalArgumentException e) {
                throw changed(folder.resolve(BackupLayout.MANIFEST));
            }
        }

        private static Line parse(String line) {
            int at = DIGEST_LENGTH + GAP.length();
            if (line.length() <= at || !line.startsWith(GAP, DIGEST_LENGTH)) {
                throw new IllegalArgumentException("no line of a manifest");
            }
            String name = line.substring(at);
            if (!BackupLayout.isPortable(name)) {
                throw new IllegalArgumentException("no name in a backup");
            }
            return new Line(Hex.decode(line.substring(0, DIGEST_LENGTH)), name);
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }

    /** A stream that ends well only if it was what the manifest says. */
    private static final class Compared extends FilterInputStream {
        private final MessageDigest digest = Sha256.digest();
        private final Line line;
        private final Path file;
        private boolean ended;

        Compared(InputStream in, Line line, Path file) {
            super(in);
            this.line = line;
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            if (read > 0) {
                digest.update(bytes, offset, read);
            } else if (read < 0 && !ended) {
                ended = true;
                if (!MessageDigest.isEqual(digest.digest(), line.digest())) {
                    throw changed(file);
                }
            }
            return read;
        }

        @Override
        public long skip(long count) throws IOException {
            return readNBytes((int) Math.min(count, Limits.PIECE_BYTES)).length;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
