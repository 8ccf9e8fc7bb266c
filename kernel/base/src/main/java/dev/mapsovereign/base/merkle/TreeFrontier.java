package dev.mapsovereign.base.merkle;

import java.util.ArrayList;
import java.util.List;

/**
 * What must be kept of a growing tree to know its root: the roots of the complete subtrees that its
 * size's binary digits name, at most 63 hashes whatever the size. Not safe for use by several
 * threads.
 */
public final class TreeFrontier {
    /** The roots of the complete subtrees from left to right, so from large to small. */
    private final List<byte[]> peaks;

    private long size;

    /** The tree without leaves. */
    public TreeFrontier() {
        this(0, new ArrayList<>());
    }

    private TreeFrontier(long size, List<byte[]> peaks) {
        this.size = size;
        this.peaks = peaks;
    }

    /**
     * A frontier as {@link #peaks} gave it.
     *
     * @throws IllegalArgumentException unless there is one hash of 32 bytes for each 1 among the
     *     binary digits of {@code size}
     */
    public static TreeFrontier of(long size, List<byte[]> peaks) {
        if (size < 0 || peaks.size() != Long.bitCount(size)) {
            throw new IllegalArgumentException(
                    "a tree of size " + size + " cannot have " + peaks.size() + " peaks");
        }
        List<byte[]> own = new ArrayList<>(peaks.size());
        for (byte[] peak : peaks) {
            requireHash(peak);
            own.add(peak.clone());
        }
        return new TreeFrontier(size, own);
    }

    /** Number of leaves. */
    public long size() {
        return size;
    }

    /** Adds the leaf of this hash at index {@link #size}. */
    public void append(byte[] leafHash) {
        requireHash(leafHash);
        if (size == Long.MAX_VALUE) {
            throw new IllegalStateException("the tree is full");
        }
        byte[] hash = leafHash.clone();
        // As in counting: each trailing 1 is a subtree of the size that the carry has reached.
        for (long carried = size; (carried & 1) == 1; carried >>= 1) {
            hash = MerkleHash.node(peaks.removeLast(), hash);
        }
        peaks.add(hash);
        size++;
    }

    /** The root over all leaves so far. */
    public byte[] root() {
        if (peaks.isEmpty()) {
            return MerkleHash.empty();
        }
        byte[] root = peaks.getLast().clone();
        for (int i = peaks.size() - 2; i >= 0; i--) {
            root = MerkleHash.node(peaks.get(i), root);
        }
        return root;
    }

    /** The roots of the complete subtrees from left to right; copies. */
    public List<byte[]> peaks() {
        return peaks.stream().map(byte[]::clone).toList();
    }

    /** A frontier of the same tree that grows on its own. */
    public TreeFrontier copy() {
        // The hashes are never changed in place, so both may share them.
        return new TreeFrontier(size, new ArrayList<>(peaks));
    }

    private static void requireHash(byte[] hash) {
        if (hash.length != MerkleHash.BYTES) {
            throw new IllegalArgumentException("a hash has 32 bytes, not " + hash.length);
        }
    }
}
