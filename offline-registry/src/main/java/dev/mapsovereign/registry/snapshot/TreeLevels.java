package dev.mapsovereign.registry.snapshot;

/**
 * Where the hashes of complete subtrees stand in {@code tree.bin}: level by level, 32 bytes each.
 */
final class TreeLevels {
    static final int HASH_BYTES = 32;

    private TreeLevels() {}

    /** Offset of the first hash of {@code level} in a tree of {@code size} leaves. */
    static long start(int level, long size) {
        long start = 0;
        for (int below = 0; below < level; below++) {
            start += (size >>> below) * HASH_BYTES;
        }
        return start;
    }

    /** Number of levels: those with at least one complete subtree. */
    static int count(long size) {
        return 64 - Long.numberOfLeadingZeros(size);
    }

    /** Length of the whole file. */
    static long bytes(long size) {
        return start(count(size), size);
    }
}
