package dev.mapsovereign.registry.snapshot;

import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.TreeFrontier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the three files that look-ups need, from leaves and documents in ascending order. For one
 * thread. What it writes is synced by {@link #finish}.
 */
public final class SnapshotWriter implements AutoCloseable {
    /** One entry of {@code index.bin}: the leaf, u64 offset, u32 length, padding. */
    static final int INDEX_BYTES = 88;

    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int LEVEL_BUFFER_BYTES = 16 * 1024;

    private final Sequential pack;
    private final Sequential index;
    private final FileChannel tree;
    private final List<Sequential> levels = new ArrayList<>();
    private final List<byte[]> pending = new ArrayList<>();
    private final TreeFrontier frontier = new TreeFrontier();
    private long packed;

    /**
     * Creates the files in {@code folder}.
     *
     * @param size how many leaves will come
     */
    public SnapshotWriter(Path folder, long size) throws IOException {
        pack = new Sequential(create(folder.resolve(SnapshotNames.PACK_FILE)), 0, BUFFER_BYTES);
        index = new Sequential(create(folder.resolve(SnapshotNames.INDEX_FILE)), 0, BUFFER_BYTES);
        tree = create(folder.resolve(SnapshotNames.TREE_FILE));
        for (int level = 0; level < TreeLevels.count(size); level++) {
            levels.add(new Sequential(tree, TreeLevels.start(level, size), LEVEL_BUFFER_BYTES));
            pending.add(new byte[0]);
        }
    }

    private static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** The next leaf with its document; an empty array for a tombstone. */
    public void append(Leaf leaf, byte[] document) throws IOException {
        ByteBuffer entry = ByteBuffer.allocate(INDEX_BYTES);
        entry.put(leaf.encode()).putLong(packed).putInt(document.length);
        index.write(entry.array());
        pack.write(document);
        packed += document.length;
        byte[] hash = leaf.hash();
        frontier.append(hash);
        appendHash(0, hash);
    }

    /** Every second hash of a level completes one of the level above. */
    private void appendHash(int level, byte[] hash) throws IOException {
        levels.get(level).write(hash);
        if (level + 1 >= levels.size()) {
            return;
        }
        byte[] left = pending.get(level);
        if (left.length == 0) {
            pending.set(level, hash);
        } else {
            pending.set(level, new byte[0]);
            appendHash(level + 1, MerkleHash.node(left, hash));
        }
    }

    /** The root over the leaves so far. */
    public byte[] root() {
        return frontier.root();
    }

    /** Leaves so far. */
    public long size() {
        return frontier.size();
    }

    /** Writes what is buffered and syncs. */
    public void finish() throws IOException {
        pack.finish();
        index.finish();
        for (Sequential level : levels) {
            level.finish();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            pack.channel.close();
        } finally {
            try {
                index.channel.close();
            } finally {
                tree.close();
            }
        }
    }

    /** A run of bytes within a file, buffered. */
    private static final class Sequential {
        private final FileChannel channel;
        private final ByteBuffer buffer;
        private long position;

        Sequential(FileChannel channel, long position, int capacity) {
            this.channel = channel;
            this.position = position;
            this.buffer = ByteBuffer.allocate(capacity);
        }

        void write(byte[] bytes) throws IOException {
            int offset = 0;
            while (offset < bytes.length) {
                if (!buffer.hasRemaining()) {
                    flush();
                }
                int part = Math.min(buffer.remaining(), bytes.length - offset);
                buffer.put(bytes, offset, part);
                offset += part;
            }
        }

        void finish() throws IOException {
            flush();
            channel.force(true);
        }

        private void flush() throws IOException {
            buffer.flip();
            while (buffer.hasRemaining()) {
                position += channel.write(buffer, position);
            }
            buffer.clear();
        }
    }
}
