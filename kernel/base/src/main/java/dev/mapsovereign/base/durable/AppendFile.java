package dev.mapsovereign.base.durable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that grows at its end and is durable up to the last {@link #sync}.
 *
 * <p>Space can be filled with zeros ahead of the appends: a sync then changes no metadata and costs
 * one write to the disk instead of two or more. So there are two lengths: {@link #size}, where the
 * next append goes, and {@link #allocated}, the file's own.
 *
 * <p>After a failed append or sync nobody knows what is on the disk, and Linux reports an error of
 * write-back once, then forgets it: a second sync would succeed over lost data. The file therefore
 * refuses everything but reading from then on.
 *
 * <p>One thread appends and syncs, and nobody may interrupt it, since Java closes the channel of an
 * interrupted thread. Other threads may {@link #read} at the same time.
 */
public final class AppendFile implements AutoCloseable {
    /**
     * Zeros written in one call: large enough to be fast, small enough not to be felt in memory.
     */
    private static final int ZEROS_BYTES = 1 << 20;

    private final Path path;
    private final FileChannel channel;
    private long size;
    private long allocated;
    private boolean failed;

    private AppendFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        allocated = channel.size();
        size = allocated;
    }

    /**
     * A new, empty file, whose name is in its folder durably.
     *
     * @throws java.nio.file.FileAlreadyExistsException if anything of that name is there
     */
    public static AppendFile create(Path path, Mode mode) throws IOException {
        FileChannel channel = DurableFiles.createExclusively(path, mode);
        try {
            DurableFiles.enforce(path, mode.file(), mode);
            channel.force(true);
            DurableFiles.syncDirectory(DurableFiles.folderOf(path));
            return new AppendFile(path, channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** An existing file, to go on at its end; {@link #resumeAt} sets another place. */
    public static AppendFile open(Path path) throws IOException {
        return over(
                path,
                FileChannel.open(
                        path,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS));
    }

    /**
     * An open channel, which is closed with this; a test's may fail on purpose.
     *
     * @param path for messages
     */
    public static AppendFile over(Path path, FileChannel channel) throws IOException {
        return new AppendFile(path, channel);
    }

    /** The path, for messages. */
    public Path path() {
        return path;
    }

    /** Where the next append goes. */
    public long size() {
        return size;
    }

    /** The file's own length, which is {@link #size} or more. */
    public long allocated() {
        return allocated;
    }

    /** Writes all that remains in the buffers, one after the other; durable after {@link #sync}. */
    public void append(ByteBuffer... buffers) throws IOException {
        requireSound();
        try {
            channel.position(size);
            while (hasRemaining(buffers)) {
                channel.write(buffers);
            }
            size = channel.position();
            allocated = Math.max(allocated, size);
        } catch (IOException e) {
            failed = true;
            throw e;
        }
    }

    /** Makes all appended so far survive a power cut (fdatasync). */
    public void sync() throws IOException {
        requireSound();
        try {
            channel.force(false);
        } catch (IOException e) {
            failed = true;
            throw e;
        }
    }

    /** Lets the file be at least {@code length} long, zeros beyond its end, durably. */
    public void preallocate(long length) throws IOException {
        requireSound();
        try {
            ByteBuffer zeros = ByteBuffer.allocate(ZEROS_BYTES);
            while (allocated < length) {
                zeros.clear().limit((int) Math.min(ZEROS_BYTES, length - allocated));
                allocated += channel.write(zeros, allocated);
            }
            channel.force(true);
        } catch (IOException e) {
            failed = true;
            throw e;
        }
    }

    /**
     * The next append goes to {@code offset}, over zeros that were allocated or over what a caller
     * has found to be void.
     *
     * @throws IllegalArgumentException beyond {@link #allocated}
     */
    public void resumeAt(long offset) {
        if (offset < 0 || offset > allocated) {
            throw new IllegalArgumentException(
                    "offset " + offset + " is not within the " + allocated + " bytes of " + path);
        }
        size = offset;
    }

    /** Cuts everything from {@code length} on, durably. */
    public void truncate(long length) throws IOException {
        requireSound();
        if (length < 0 || length > allocated) {
            throw new IllegalArgumentException(
                    "length " + length + " is not within the " + allocated + " bytes of " + path);
        }
        try {
            channel.truncate(length);
            channel.force(true);
            allocated = length;
            size = Math.min(size, length);
        } catch (IOException e) {
            failed = true;
            throw e;
        }
    }

    /** Reads from {@code offset} until the buffer is full or the file ends; how many bytes. */
    public int read(ByteBuffer into, long offset) throws IOException {
        int total = 0;
        while (into.hasRemaining()) {
            int count = channel.read(into, offset + total);
            if (count < 0) {
                break;
            }
            total += count;
        }
        return total;
    }

    /** Closes without a sync. */
    @Override
    public void close() throws IOException {
        channel.close();
    }

    private void requireSound() throws FileSystemException {
        if (failed) {
            throw new FileSystemException(
                    path.toString(), null, "an earlier write or sync failed; go on in a new file");
        }
    }

    private static boolean hasRemaining(ByteBuffer[] buffers) {
        for (ByteBuffer buffer : buffers) {
            if (buffer.hasRemaining()) {
                return true;
            }
        }
        return false;
    }
}
