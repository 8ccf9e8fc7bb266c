package dev.mapsovereign.auditlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads a segment through a window, so that a batch costs no system call of its own. Opened {@link
 * #onDevice}, it reads past the page cache where the file system can: after a failed sync the cache
 * may hold what the disk never got, and what is trusted at start must be what the disk has.
 *
 * <p>For one thread, which must not be interrupted: Java closes the channel of an interrupted
 * thread.
 */
public final class SegmentWindow implements AutoCloseable {
    /** Large enough that a start reads at the disk's speed. */
    public static final int WINDOW_BYTES = 1 << 20;

    /** O_DIRECT; found by its name, since javac warns of the class and no warning may stand. */
    private static final Optional<OpenOption> PAST_CACHE =
            pastCache("com.sun.nio.file.ExtendedOpenOption");

    private final Path path;
    private final FileChannel channel;

    /** Aligned to a page, as reading past the cache demands. */
    private final ByteBuffer window;

    private long windowFrom;

    private SegmentWindow(Path path, FileChannel channel, int windowBytes) {
        this.path = path;
        this.channel = channel;
        this.window =
                ByteBuffer.allocateDirect(windowBytes + JournalFormat.PAGE)
                        .alignedSlice(JournalFormat.PAGE)
                        .limit(0);
    }

    /**
     * Reads what the disk holds; what the cache holds where the file system offers no other way.
     *
     * @param windowBytes how much is read at once, a multiple of the page
     */
    public static SegmentWindow onDevice(Path path, int windowBytes) throws IOException {
        if (PAST_CACHE.isEmpty()) {
            return inCache(path);
        }
        try {
            return new SegmentWindow(
                    path,
                    FileChannel.open(
                            path,
                            StandardOpenOption.READ,
                            LinkOption.NOFOLLOW_LINKS,
                            PAST_CACHE.get()),
                    windowBytes);
        } catch (UnsupportedOperationException | FileSystemException e) {
            return inCache(path);
        }
    }

    /** Reads what was written, wherever it is. */
    public static SegmentWindow inCache(Path path) throws IOException {
        return new SegmentWindow(
                path,
                FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS),
                WINDOW_BYTES);
    }

    /**
     * Bytes from {@code offset}, a multiple of the page.
     *
     * @param limit nothing from there on may be looked at, for it may be changing
     * @return fewer than {@code length} where the file or the limit ends
     */
    public byte[] read(long offset, int length, long limit) throws IOException {
        int wanted = (int) Math.max(0, Math.min(length, limit - offset));
        byte[] bytes = new byte[wanted];
        int have = 0;
        while (have < wanted) {
            int count = copy(bytes, have, offset + have, wanted - have);
            if (count == 0) {
                fill(offset + have, limit);
                count = copy(bytes, have, offset + have, wanted - have);
            }
            if (count == 0) {
                return Arrays.copyOf(bytes, have);
            }
            have += count;
        }
        return bytes;
    }

    /** The file's own length. */
    public long size() throws IOException {
        return channel.size();
    }

    /** The file. */
    public Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        channel.close();
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

    private int copy(byte[] into, int at, long offset, int length) {
        if (offset < windowFrom || offset >= windowFrom + window.limit()) {
            return 0;
        }
        int from = (int) (offset - windowFrom);
        int count = Math.min(length, window.limit() - from);
        window.get(from, into, at, count);
        return count;
    }

    private void fill(long offset, long limit) throws IOException {
        windowFrom = offset / JournalFormat.PAGE * JournalFormat.PAGE;
        window.clear().limit((int) Math.min(window.capacity(), limit - windowFrom));
        long at = windowFrom;
        while (window.hasRemaining()) {
            int count = channel.read(window, at);
            // A read past the cache must begin at a page: a short one can only be the last.
            if (count <= 0 || window.position() % JournalFormat.PAGE != 0) {
                break;
            }
            at += count;
        }
        window.flip();
    }
}
