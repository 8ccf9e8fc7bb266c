package dev.mapsovereign.registry.snapshot;

import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;

/**
 * The newest revocation list, read in place: the signed lines, and beside them an index of our own
 * with 48 bytes an entry (key, u64 offset, u32 length, padding). Safe for use by several threads.
 */
public final class RevocationList {
    private static final int ENTRY_BYTES = 48;

    private final long number;
    private final long entries;
    private final MappedFile lines;
    private final MappedFile index;

    private RevocationList(long number, long entries, MappedFile lines, MappedFile index) {
        this.number = number;
        this.entries = entries;
        this.lines = lines;
        this.index = index;
    }

    /**
     * Opens the list in {@code folder}. The lines are digested and compared with what was signed;
     * the index is made anew from them, so nothing here rests on an unsigned file.
     *
     * @throws RegistryException {@code STORE_DAMAGED}
     */
    public static RevocationList open(Path folder, IssueDescription.RevocationsPacked signed)
            throws IOException {
        Path file = folder.resolve(SnapshotNames.REVOCATIONS_FILE);
        if (!Arrays.equals(digest(file), signed.sha256())) {
            throw new RegistryException(
                    RegistryFault.STORE_DAMAGED, file + " is not the list that was signed");
        }
        Path index = folder.resolve(SnapshotNames.REVOCATIONS_INDEX_FILE);
        Path fresh = folder.resolve(SnapshotNames.REVOCATIONS_INDEX_FILE + ".tmp");
        writeIndex(file, fresh);
        // Renamed, not rewritten: a list that is still in use has the old file mapped.
        Files.move(fresh, index, StandardCopyOption.ATOMIC_MOVE);
        return new RevocationList(
                signed.number(), signed.entries(), MappedFile.open(file), MappedFile.open(index));
    }

    private static byte[] digest(Path file) throws IOException {
        MessageDigest digest = Sha256.digest();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return digest.digest();
    }

    /** The lines are those that an import checked, so their form and order need no second look. */
    private static void writeIndex(Path file, Path index) throws IOException {
        try (LineReader lines =
                        new LineReader(
                                new BufferedInputStream(Files.newInputStream(file)),
                                Limits.REVOCATION_LINE_BYTES_MAX);
                FileChannel out =
                        FileChannel.open(
                                index,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.TRUNCATE_EXISTING,
                                StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocate(ENTRY_BYTES * 1024);
            long offset = 0;
            Optional<byte[]> line = lines.next();
            while (line.isPresent()) {
                byte[] key = Leaf.keyOf(Revocation.parse(line.get()).did());
                buffer.put(key).putLong(offset).putInt(line.get().length).putInt(0);
                offset += line.get().length + 1L;
                if (!buffer.hasRemaining()) {
                    write(out, buffer);
                }
                line = lines.next();
            }
            write(out, buffer);
        }
    }

    private static void write(FileChannel out, ByteBuffer buffer) throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
        buffer.clear();
    }

    /** The list's number. */
    public long number() {
        return number;
    }

    /** How many entries it has. */
    public long entries() {
        return entries;
    }

    /** The entry of {@code did}, if it is revoked. */
    public Optional<Revocation> find(AgentDid did) {
        if (entries == 0) {
            return Optional.empty();
        }
        long position = index.search(Leaf.keyOf(did), ENTRY_BYTES, entries);
        if (position < 0) {
            return Optional.empty();
        }
        long entry = position * ENTRY_BYTES + Sha256.BYTES;
        byte[] line = lines.bytes(index.longAt(entry), index.intAt(entry + Long.BYTES));
        return Optional.of(Revocation.parse(line));
    }
}
