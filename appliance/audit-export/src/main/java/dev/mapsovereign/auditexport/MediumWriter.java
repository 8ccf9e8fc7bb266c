package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.bundle.BundleFolder;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.DurableFiles;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Puts files on a medium so that they are there when it is pulled: written and synced, and read
 * back from the device and compared when all are there.
 *
 * <p>Sticks lie: some report success for what they never stored, or have less capacity than they
 * say and write over what they have. A file that has just been written is read from the page cache,
 * which always has it; so it is read back with {@code O_DIRECT}, for which the kernel goes to the
 * device. Where a file system cannot do that, {@link #pastCache} says so and the operator is told.
 *
 * <p>Files are written in batches and each is synced before the next batch begins. A file that is
 * there already with the right bytes is left as it is. For one thread.
 */
public final class MediumWriter implements AutoCloseable {
    /** O_DIRECT; found by its name, since javac warns of the class and no warning may stand. */
    private static final Optional<OpenOption> PAST_CACHE =
            pastCache("com.sun.nio.file.ExtendedOpenOption");

    private final Path folder;
    private final Set<Path> plainFolders = new HashSet<>();
    private final List<Written> batch = new ArrayList<>();
    private final Set<Path> changedFolders = new LinkedHashSet<>();
    private final ByteBuffer buffer;
    private final ExecutorService syncers =
            Executors.newFixedThreadPool(
                    Limits.SYNC_THREADS,
                    Thread.ofPlatform().daemon().name("export-sync-", 0).factory());
    private final MediumIdentity medium;
    private final Optional<FileSystemSync> fileSystem;
    private long batchBytes;
    private long filesKept;
    private long waitedNanos;
    private boolean pastCache = PAST_CACHE.isPresent();

    /** A file whose bytes the device does not surely have yet. */
    private record Written(Path file, FileChannel channel) {}

    /**
     * @param folder which exists, such as {@code MAP-AUDIT/<node>} on the medium
     */
    public MediumWriter(Path folder) throws IOException {
        this.folder = folder;
        this.medium = MediumIdentity.of(folder);
        this.fileSystem = FileSystemSync.of(folder);
        int block =
                (int) Math.min(1 << 16, Math.max(512, Files.getFileStore(folder).getBlockSize()));
        buffer = ByteBuffer.allocateDirect(Limits.READ_BACK_BYTES + block).alignedSlice(block);
    }

    /** Files that were there already, byte for byte. */
    public long filesKept() {
        return filesKept;
    }

    /** How long the device was waited for so far. */
    public long waitedNanos() {
        return waitedNanos;
    }

    /** Whether everything was read back from the device rather than from memory. */
    public boolean pastCache() {
        return pastCache;
    }

    /**
     * Writes a file; it is synced by the next {@link #flush}.
     *
     * @param name relative to the folder
     * @throws IOException also if a link or a folder stands in its place
     */
    void put(String name, byte[] content, byte[] digest) throws IOException {
        if (isThere(name, digest, content.length)) {
            filesKept++;
            return;
        }
        FileChannel channel = create(name);
        batch.add(new Written(folder.resolve(name), channel));
        long start = System.nanoTime();
        ByteBuffer remaining = ByteBuffer.wrap(content);
        while (remaining.hasRemaining()) {
            channel.write(remaining);
        }
        waitedNanos += System.nanoTime() - start;
        batchBytes += content.length;
        if (batch.size() >= Limits.BATCH_FILES_MAX || batchBytes >= Limits.BATCH_BYTES_MAX) {
            flush();
        }
    }

    /** The same for a file whose digest nobody has yet. */
    public void put(String name, byte[] content) throws IOException {
        put(name, content, Sha256.hash(content));
    }

    /**
     * A file to be written in pieces, synced and closed by the caller; its folder is synced by the
     * next {@link #flush}. Empty at first, whatever was there.
     */
    public FileChannel create(String name) throws IOException {
        Path file = folder.resolve(name);
        makeFolders(file);
        FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE,
                                StandardOpenOption.TRUNCATE_EXISTING,
                                LinkOption.NOFOLLOW_LINKS));
        changedFolders.add(file.resolveSibling(""));
        return channel;
    }

    /** Whether a file has these bytes on the device. */
    boolean isThere(String name, byte[] digest, long length) throws IOException {
        Path file = folder.resolve(name);
        makeFolders(file);
        return isThere(file, digest, length);
    }

    /** Syncs what was written, folders included. */
    public void flush() throws IOException {
        requireSameMedium();
        long start = System.nanoTime();
        if (fileSystem.isEmpty()) {
            syncFiles();
        }
        for (Written written : batch) {
            written.channel().close();
        }
        if (fileSystem.isPresent()) {
            fileSystem.get().sync();
        } else {
            for (Path changed : changedFolders) {
                DurableFiles.syncDirectory(changed);
            }
        }
        waitedNanos += System.nanoTime() - start;
        batch.clear();
        changedFolders.clear();
        batchBytes = 0;
    }

    /**
     * Reads a file back from the device and compares.
     *
     * @return its length in bytes
     * @throws FileSystemException if it is not what was written
     */
    public long verify(String name, byte[] digest) throws IOException {
        Path file = folder.resolve(name);
        BasicFileAttributes attributes =
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()
                || !MessageDigest.isEqual(readBack(file, attributes.size()), digest)) {
            throw new FileSystemException(
                    file.toString(),
                    null,
                    "reads back other bytes than were written: the medium is faulty or smaller"
                            + " than it claims");
        }
        return attributes.size();
    }

    /**
     * Notices that the folder is no longer the medium.
     *
     * @throws FileSystemException then
     */
    public void requireSameMedium() throws IOException {
        try {
            if (medium.equals(MediumIdentity.of(folder))) {
                return;
            }
        } catch (NoSuchFileException e) {
            throw gone(e);
        }
        throw gone(new NoSuchFileException(folder.toString()));
    }

    private FileSystemException gone(IOException cause) {
        return MediumErrors.gone(folder, cause);
    }

    /**
     * Where the file system cannot be synced at once. Several together: a journaling file system
     * then writes its journal once for many.
     */
    private void syncFiles() throws IOException {
        List<Future<?>> pending = new ArrayList<>();
        for (Written written : batch) {
            pending.add(
                    syncers.submit(() -> {
                        written.channel().force(true);
                        return true;
                    }));
        }
        try {
            for (Future<?> each : pending) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new IOException("cannot be synced: " + cause(e).getMessage(), cause(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the medium was being written");
        }
    }

    private static Throwable cause(ExecutionException e) {
        return Objects.requireNonNullElse(e.getCause(), e);
    }

    /** Makes a folder and those above it, below the node's. */
    void makeFolders(Path file) throws IOException {
        Path at = folder;
        for (Path part : folder.relativize(file.resolveSibling(""))) {
            Path above = at;
            at = at.resolve(part);
            if (plainFolders.contains(at)) {
                continue;
            }
            if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
                if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
                    throw new BundleFolder.NotPlainException(at);
                }
                Files.createDirectory(at);
                changedFolders.add(above);
            }
            plainFolders.add(at);
        }
    }

    private boolean isThere(Path file, byte[] digest, long length) throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        BasicFileAttributes attributes =
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw new BundleFolder.NotPlainException(file);
        }
        return attributes.size() == length && MessageDigest.isEqual(readBack(file, length), digest);
    }

    private byte[] readBack(Path file, long length) throws IOException {
        if (pastCache) {
            try (FileChannel channel =
                    FileChannel.open(file, StandardOpenOption.READ, PAST_CACHE.orElseThrow())) {
                return digest(channel, length);
            } catch (UnsupportedOperationException | FileSystemException e) {
                // tmpfs, some FUSE file systems: known only by trying.
                pastCache = false;
            }
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return digest(channel, length);
        }
    }

    /** Reading past the cache wants whole blocks, so nothing is read behind a short answer. */
    private byte[] digest(FileChannel channel, long length) throws IOException {
        MessageDigest digest = Sha256.digest();
        long left = channel.size();
        if (left != length) {
            return digest.digest();
        }
        while (left > 0) {
            buffer.clear();
            long start = System.nanoTime();
            int read = channel.read(buffer);
            if (read <= 0) {
                break;
            }
            left -= read;
            waitedNanos += System.nanoTime() - start;
            digest.update(buffer.flip());
        }
        return digest.digest();
    }

    private static Optional<OpenOption> pastCache(String options) {
        try {
            for (Object option : Class.forName(options).getEnumConstants()) {
                if (option.toString().equals("DIRECT")) {
                    return Optional.of((OpenOption) option);
                }
            }
            return Optional.empty();
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        for (Written written : batch) {
            written.channel().close();
        }
        batch.clear();
        fileSystem.ifPresent(FileSystemSync::close);
        syncers.shutdownNow();
    }
}
