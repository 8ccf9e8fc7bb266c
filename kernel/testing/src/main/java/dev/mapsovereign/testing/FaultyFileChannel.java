package dev.mapsovereign.testing;

import dev.mapsovereign.testing.FaultyFiles.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** A channel of {@link FaultyFiles}; mapping is refused, since nobody could see those writes. */
final class FaultyFileChannel extends FileChannel {
    private final FaultyFiles files;
    private final Path path;
    private final FileChannel channel;
    private volatile boolean lost;

    FaultyFileChannel(FaultyFiles files, Path path, FileChannel channel) {
        this.files = files;
        this.path = path;
        this.channel = channel;
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> T guarded(Operation operation, Work<T> work) throws IOException {
        files.power.readLock().lock();
        try {
            files.before(operation, path);
            return work.run();
        } finally {
            files.power.readLock().unlock();
        }
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
        return guarded(
                Operation.WRITE,
                () -> {
                    files.unsynced.writing(path, channel, position, from.remaining());
                    writeHalf(from, position);
                    return channel.write(from, position);
                });
    }

    private void writeHalf(ByteBuffer from, long position) throws IOException {
        try {
            files.before(Operation.HALF_WRITE, path);
        } catch (IOException e) {
            channel.write(from.slice(from.position(), from.remaining() / 2), position);
            throw e;
        }
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        int count = write(from, channel.position());
        channel.position(channel.position() + count);
        return count;
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            while (from[i].hasRemaining()) {
                total += write(from[i]);
            }
        }
        return total;
    }

    @Override
    public void force(boolean metadata) throws IOException {
        try {
            guarded(
                    Operation.SYNC,
                    () -> {
                        channel.force(metadata);
                        if (!lost) {
                            files.unsynced.synced(path);
                        }
                        return 0;
                    });
        } catch (IOException e) {
            // As Linux does: the pages count as clean, and no later sync writes them.
            lost = true;
            throw e;
        }
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        guarded(
                Operation.WRITE,
                () -> {
                    files.unsynced.truncating(path, channel, size);
                    return channel.truncate(size);
                });
        return this;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return channel.read(into);
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) throws IOException {
        return channel.read(into, offset, length);
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
        return channel.read(into, position);
    }

    @Override
    public long position() throws IOException {
        return channel.position();
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        channel.position(newPosition);
        return this;
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
            throws IOException {
        return channel.transferTo(position, count, target);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, 1 << 16));
        int read = source.read(buffer);
        buffer.flip();
        return read <= 0 ? 0 : write(buffer, position);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException("a mapped file cannot be watched");
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return channel.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return channel.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        channel.close();
    }
}
