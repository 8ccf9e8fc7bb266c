package dev.mapsovereign.base.durable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sole use of a folder, among processes and within one. The kernel releases it when the process
 * ends, however it ends.
 *
 * <p>Linux gives a file's locks back as soon as the process closes <em>any</em> descriptor of that
 * file (fcntl(2)), so nothing in this process may open {@code lock} while it is held: not to look
 * whether it is free, not to copy the folder. Hence the one static set of this module, asked before
 * the file is touched, and the holder's name in a file of its own.
 */
public final class FolderLock implements AutoCloseable {
    /** The locked file; empty, never deleted, never opened by anything else. */
    public static final String FILE = "lock";

    /** Who holds it, one line for people. */
    public static final String HOLDER_FILE = "lock.holder";

    /** Longer than any line written here; the file is read for a message only. */
    private static final int HOLDER_BYTES_MAX = 256;

    /** The folders held in this process, by device and inode, so that no second path deceives. */
    private static final Set<Object> HELD = ConcurrentHashMap.newKeySet();

    private final Object folderKey;
    private final FileChannel channel;
    private final FileLock lock;

    private FolderLock(Object folderKey, FileChannel channel, FileLock lock) {
        this.folderKey = folderKey;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * The lock of an existing folder, or empty if this or another process holds it; does not wait.
     *
     * @throws IOException if the folder is missing or its lock file cannot be opened
     */
    public static Optional<FolderLock> tryAcquire(Path folder) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(folder, BasicFileAttributes.class);
        Object key = Objects.requireNonNull(attributes.fileKey(), "Linux files have an inode");
        if (!HELD.add(key)) {
            return Optional.empty();
        }
        Optional<FolderLock> acquired = Optional.empty();
        try {
            acquired = lockFile(folder, key);
            return acquired;
        } finally {
            if (acquired.isEmpty()) {
                HELD.remove(key);
            }
        }
    }

    /** Who said last that it holds the folder: words for a message, nothing to decide by. */
    public static Optional<String> holder(Path folder) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        folder.resolve(HOLDER_FILE),
                        StandardOpenOption.READ,
                        LinkOption.NOFOLLOW_LINKS)) {
            java.nio.ByteBuffer content = java.nio.ByteBuffer.allocate(HOLDER_BYTES_MAX);
            channel.read(content);
            return Optional.of(
                    new String(content.array(), 0, content.position(), StandardCharsets.UTF_8)
                            .strip());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Gives the folder free. */
    @Override
    public void close() throws IOException {
        try (channel) {
            if (lock.isValid()) {
                lock.release();
            }
        } finally {
            HELD.remove(folderKey);
        }
    }

    private static Optional<FolderLock> lockFile(Path folder, Object key) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        folder.resolve(FILE),
                        Set.of(
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE,
                                LinkOption.NOFOLLOW_LINKS),
                        PosixFilePermissions.asFileAttribute(Mode.PRIVATE.file()));
        FileLock lock = null;
        try {
            lock = channel.tryLock();
            if (lock == null) {
                return Optional.empty();
            }
            DurableFiles.write(folder.resolve(HOLDER_FILE), holderLine(), Mode.GROUP);
            return Optional.of(new FolderLock(key, channel, lock));
        } catch (IOException e) {
            lock = null;
            throw e;
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
    }

    private static byte[] holderLine() {
        String line =
                "process "
                        + ProcessHandle.current().pid()
                        + " since "
                        + Instant.now().truncatedTo(ChronoUnit.SECONDS)
                        + "\n";
        return line.getBytes(StandardCharsets.UTF_8);
    }
}
