package dev.mapsovereign.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * A file's channel that fails as disks do: full in the middle of a write, unable to sync, or
 * without power.
 *
 * <p>It keeps what a disk must hold, namely the content at the last successful {@link #force}, and
 * {@link #cutPower} leaves any mixture of that and what was written since, sector by sector. As on
 * Linux, what was written before a failed sync may be lost for good although a later sync succeeds.
 * For small files; all methods take turns.
 */
public final class FaultyChannel extends FileChannel {
    /** What a disk writes as one. */
    private static final int SECTOR_BYTES = 512;

    private final Path path;
    private final FileChannel file;
    private byte[] durable;
    private long roomBytes = Long.MAX_VALUE;
    private int failingForces;
    private boolean lostForGood;

    private FaultyChannel(Path path, FileChannel file) throws IOException {
        this.path = path;
        this.file = file;
        durable = Files.readAllBytes(path);
    }

    /**
     * A channel to read and write; the file is created if missing. What it holds counts as durable.
     */
    public static FaultyChannel open(Path path) throws IOException {
        return new FaultyChannel(
                path,
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE));
    }

    /** Only so many more bytes are written; then the disk is full. */
    public synchronized void fillUpAfter(long bytes) {
        roomBytes = bytes;
    }

    /** So many of the next syncs fail. */
    public synchronized void failForces(int count) {
        failingForces = count;
    }

    /** Closes the channel and leaves in the file what a power cut at this moment might. */
    public synchronized void cutPower(SeededRandom random) throws IOException {
        byte[] written = Files.readAllBytes(path);
        close();
        boolean keepsLength = random.nextBoolean();
        byte[] left = Arrays.copyOf(durable, keepsLength ? written.length : durable.length);
        for (int sector = 0; sector < left.length; sector += SECTOR_BYTES) {
            if (random.nextBoolean()) {
                int end = Math.min(Math.min(sector + SECTOR_BYTES, left.length), written.length);
                if (sector < end) {
                    System.arraycopy(written, sector, left, sector, end - sector);
                }
            }
        }
        Files.write(path, left);
    }

    @Override
    public synchronized void force(boolean metadata) throws IOException {
        if (failingForces > 0) {
            failingForces--;
            lostForGood = true;
            throw new IOException("Input/output error");
        }
        file.force(metadata);
        if (!lostForGood) {
            durable = Files.readAllBytes(path);
        }
    }

    @Override
    public synchronized int write(ByteBuffer from) throws IOException {
        int written = write(from, file.position());
        file.position(file.position() + written);
        return written;
    }

    @Override
    public synchronized long write(ByteBuffer[] from, int offset, int length) throws IOException {
        long written = 0;
        for (int i = offset; i < offset + length; i++) {
            while (from[i].hasRemaining()) {
                written += write(from[i]);
            }
        }
        return written;
    }

    @Override
    public synchronized int write(ByteBuffer from, long position) throws IOException {
        if (roomBytes == 0 && from.hasRemaining()) {
            throw new IOException("No space left on device");
        }
        int count = (int) Math.min(from.remaining(), roomBytes);
        ByteBuffer part = from.slice(from.position(), count);
        while (part.hasRemaining()) {
            file.write(part, position + part.position());
        }
        from.position(from.position() + count);
        roomBytes -= count;
        return count;
    }

    @Override
    public synchronized FileChannel truncate(long size) throws IOException {
        file.truncate(size);
        return this;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return file.read(into);
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) throws IOException {
        return file.read(into, offset, length);
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
        return file.read(into, position);
    }

    @Override
    public long position() throws IOException {
        return file.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
        file.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
            throws IOException {
        return file.transferTo(position, count, target);
    }

    /** Not offered: it would go round the faults. */
    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException("transferFrom");
    }

    /** Not offered: it would go round the faults. */
    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException("map");
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return file.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return file.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        file.close();
    }
}
