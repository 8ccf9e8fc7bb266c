package dev.mapsovereign.base.crypto;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * Bytes that must not be printed and that are wiped when no longer needed.
 *
 * <p>It has no {@code equals}: comparing secrets is {@link ConstantTime}'s task. Safe for use by
 * several threads; {@link #close} waits for uses under way.
 */
public final class Secret implements AutoCloseable {
    /** Larger than any key or password file; a path to a log or a disk is noticed early. */
    private static final int FILE_BYTES_MAX = 64 * 1024;

    private static final Set<PosixFilePermission> PERMITTED =
            EnumSet.of(
                    PosixFilePermission.OWNER_READ,
                    PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.GROUP_READ);

    /** Covers {@link #wiped} and the content of {@link #bytes}. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    private final byte[] bytes;
    private boolean wiped;

    private Secret(byte[] owned) {
        bytes = owned;
    }

    /** A secret of its own copy; wiping {@code bytes} stays the caller's duty. */
    public static Secret copyOf(byte[] bytes) {
        return new Secret(bytes.clone());
    }

    /**
     * The whole content of a file.
     *
     * @throws IOException if it is missing, a link, no regular file, above 64 KiB, or of a mode
     *     that lets anybody but owner and group read it or anybody but the owner change it
     */
    public static Secret readFile(Path file) throws IOException {
        return new Secret(readBytes(file));
    }

    /**
     * As {@link #readFile}, less one line end at the end, which editors add to passwords.
     *
     * @throws IOException as {@link #readFile}
     */
    public static Secret readLine(Path file) throws IOException {
        byte[] content = readBytes(file);
        int length = content.length;
        if (length > 0 && content[length - 1] == '\n') {
            length--;
            if (length > 0 && content[length - 1] == '\r') {
                length--;
            }
        }
        byte[] line = Arrays.copyOf(content, length);
        Arrays.fill(content, (byte) 0);
        return new Secret(line);
    }

    /**
     * What {@code work} makes of the bytes. They are the secret's own: {@code work} must neither
     * change nor keep them.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public <T> T use(Function<byte[], T> work) {
        lock.readLock().lock();
        try {
            if (wiped) {
                throw new IllegalStateException("the secret was wiped before this use");
            }
            return work.apply(bytes);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Number of bytes, also after wiping. */
    public int length() {
        return bytes.length;
    }

    /** Wipes the bytes; later uses are refused. */
    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            Arrays.fill(bytes, (byte) 0);
            wiped = true;
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public String toString() {
        return "Secret[…]";
    }

    private static byte[] readBytes(Path file) throws IOException {
        PosixFileAttributes before = attributes(file);
        refuseLoose(file, before);
        if (before.size() > FILE_BYTES_MAX) {
            throw new FileSystemException(
                    file.toString(), null, "a secret is at most 65536 bytes, not " + before.size());
        }
        ByteBuffer content = ByteBuffer.allocate(FILE_BYTES_MAX + 1);
        try (SeekableByteChannel channel =
                Files.newByteChannel(
                        file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            // Whoever swaps the file between look and opening shows up here: Java has no fstat.
            if (!Objects.equals(before.fileKey(), attributes(file).fileKey())) {
                throw new FileSystemException(
                        file.toString(), null, "the file was replaced while it was read");
            }
            while (channel.read(content) > 0) {
                // until its end, or one byte beyond the bound
            }
            if (content.position() > FILE_BYTES_MAX) {
                throw new FileSystemException(
                        file.toString(), null, "the file grew while it was read");
            }
            return Arrays.copyOf(content.array(), content.position());
        } finally {
            Arrays.fill(content.array(), (byte) 0);
        }
    }

    private static PosixFileAttributes attributes(Path file) throws IOException {
        return Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static void refuseLoose(Path file, PosixFileAttributes attributes)
            throws FileSystemException {
        if (attributes.isSymbolicLink()) {
            throw new FileSystemException(
                    file.toString(), null, "a secret file must not be a link");
        }
        if (!attributes.isRegularFile()) {
            throw new FileSystemException(file.toString(), null, "not a regular file");
        }
        Set<PosixFilePermission> mode = attributes.permissions();
        if (!PERMITTED.containsAll(mode)) {
            throw new FileSystemException(
                    file.toString(),
                    null,
                    "its mode "
                            + PosixFilePermissions.toString(mode)
                            + " is looser than a secret's (0600, or 0640 for a group): chmod 0600");
        }
    }
}
