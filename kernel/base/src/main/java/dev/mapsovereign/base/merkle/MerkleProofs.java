package dev.mapsovereign.base.merkle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Proofs in RFC 6962 trees: making them from a {@link HashReader}, and checking them.
 *
 * <p>RFC 6962 §2.1 splits a tree of {@code n > 1} leaves after the largest power of two below
 * {@code n}, and each proof is defined by recursion over that split: a proof's <em>last</em> hash
 * is the sibling at the very top. Both directions here are that recursion written down; the checks
 * take the hashes from the back while they descend and combine them while they return. A proof has
 * been used up exactly when it is as long as it must be, so surplus hashes are refused like missing
 * ones. Depth is at most 63.
 *
 * <p>A <em>subtree</em> is the tree over leaves {@code [start, end)} of a larger one, where {@code
 * start} is a multiple of the smallest power of two not below {@code end - start}
 * (draft-ietf-plants-merkle-tree-certs, "Subtrees"); only then do its own nodes, but for those on
 * its right edge, stand in the larger tree. Every prefix {@code [0, end)} is one, so consistency of
 * two trees is the case {@code start = 0}.
 *
 * <p>The checks answer false to whatever does not hold and never throw for it. A hash of other than
 * 32 bytes within a proof does not hold; roots are compared as they are.
 */
public final class MerkleProofs {
    private MerkleProofs() {}

    /** The root over the first {@code size} leaves. */
    public static byte[] root(long size, HashReader hashes) {
        return size == 0 ? MerkleHash.empty() : rangeRoot(0, size, hashes);
    }

    /**
     * The root over leaves {@code [start, end)}.
     *
     * @throws IllegalArgumentException unless the range is a non-empty subtree
     */
    public static byte[] subtreeRoot(long start, long end, HashReader hashes) {
        requireSubtree(start, end);
        return rangeRoot(start, end, hashes);
    }

    /**
     * The proof that a leaf is in the tree of {@code size} leaves (§2.1.1).
     *
     * @throws IllegalArgumentException unless {@code 0 <= index < size}
     */
    public static List<byte[]> inclusion(long index, long size, HashReader hashes) {
        return subtreeInclusion(index, 0, size, hashes);
    }

    /**
     * The proof that leaf {@code index}, counted in the whole tree, is in the subtree {@code
     * [start, end)}.
     *
     * @throws IllegalArgumentException unless the range is a subtree and holds the index
     */
    public static List<byte[]> subtreeInclusion(
            long index, long start, long end, HashReader hashes) {
        requireSubtree(start, end);
        if (index < start || index >= end) {
            throw new IllegalArgumentException(
                    "leaf " + index + " is not in [" + start + ", " + end + ")");
        }
        List<byte[]> proof = new ArrayList<>();
        addPath(index, start, end, hashes, proof);
        return proof;
    }

    /**
     * The proof that the tree of {@code size1} leaves is a prefix of that of {@code size2}
     * (§2.1.2).
     *
     * @throws IllegalArgumentException unless {@code 1 <= size1 <= size2}
     */
    public static List<byte[]> consistency(long size1, long size2, HashReader hashes) {
        return subtreeConsistency(0, size1, size2, hashes);
    }

    /**
     * The proof that the subtree {@code [start, end)} belongs to the tree of {@code size} leaves.
     *
     * @throws IllegalArgumentException unless the range is a subtree and {@code end <= size}
     */
    public static List<byte[]> subtreeConsistency(
            long start, long end, long size, HashReader hashes) {
        requireSubtree(start, end);
        if (end > size) {
            throw new IllegalArgumentException(
                    "a tree of " + size + " leaves has no subtree that ends at " + end);
        }
        List<byte[]> proof = new ArrayList<>();
        addConsistency(new Cut(start, end, 0, size, true), hashes, proof);
        return proof;
    }

    /**
     * Whether the proof leads from the leaf's hash to the root of the tree of {@code size} leaves.
     */
    public static boolean verifyInclusion(
            byte[] leafHash, long index, long size, List<byte[]> proof, byte[] root) {
        return verifySubtreeInclusion(leafHash, index, 0, size, proof, root);
    }

    /**
     * Whether the proof leads from the leaf's hash to the root of the subtree {@code [start, end)}.
     */
    public static boolean verifySubtreeInclusion(
            byte[] leafHash, long index, long start, long end, List<byte[]> proof, byte[] root) {
        if (!isSubtree(start, end) || index < start || index >= end) {
            return false;
        }
        if (leafHash.length != MerkleHash.BYTES || !allHashes(proof)) {
            return false;
        }
        Remaining remaining = new Remaining(proof);
        try {
            byte[] computed = rootByPath(leafHash, index - start, end - start, remaining);
            return remaining.isEmpty() && Arrays.equals(computed, root);
        } catch (ProofTooShortException e) {
            return false;
        }
    }

    /**
     * Whether the proof shows that the tree with {@code root1} is a prefix of that with {@code
     * root2}. The empty tree is a prefix of everything and its proof would say nothing: refused.
     */
    public static boolean verifyConsistency(
            long size1, long size2, List<byte[]> proof, byte[] root1, byte[] root2) {
        return size1 > 0 && verifySubtreeConsistency(0, size1, size2, proof, root1, root2);
    }

    /**
     * Whether the proof shows that the subtree {@code [start, end)} with {@code subtreeRoot}
     * belongs to the tree of {@code size} leaves with {@code treeRoot}. An empty subtree belongs to
     * every tree: its root must be that of the empty tree, its proof empty, and the tree's root is
     * not looked at.
     */
    public static boolean verifySubtreeConsistency(
            long start,
            long end,
            long size,
            List<byte[]> proof,
            byte[] subtreeRoot,
            byte[] treeRoot) {
        if (start < 0 || start > end || end > size || !allHashes(proof)) {
            return false;
        }
        if (start == end) {
            return proof.isEmpty() && Arrays.equals(subtreeRoot, MerkleHash.empty());
        }
        if (!isSubtree(start, end)) {
            return false;
        }
        Remaining remaining = new Remaining(proof);
        try {
            Roots computed =
                    rootsByProof(new Cut(start, end, 0, size, true), subtreeRoot, remaining);
            return remaining.isEmpty()
                    && Arrays.equals(computed.subtree(), subtreeRoot)
                    && Arrays.equals(computed.tree(), treeRoot);
        } catch (ProofTooShortException e) {
            return false;
        }
    }

    /** Whether {@code [start, end)} is a non-empty subtree as this class's comment defines. */
    public static boolean isSubtree(long start, long end) {
        if (start < 0 || end <= start) {
            return false;
        }
        long size = end - start;
        // The smallest power of two not below size; 2^63, beyond a long, divides the start 0 only.
        int bits = Long.SIZE - Long.numberOfLeadingZeros(size - 1);
        return bits == Long.SIZE - 1 ? start == 0 : (start & ((1L << bits) - 1)) == 0;
    }

    private static void requireSubtree(long start, long end) {
        if (!isSubtree(start, end)) {
            throw new IllegalArgumentException("[" + start + ", " + end + ") is not a subtree");
        }
    }

    /** The largest power of two below {@code size}, which is 2 or more. */
    private static long split(long size) {
        return Long.highestOneBit(size - 1);
    }

    private static byte[] rangeRoot(long start, long end, HashReader hashes) {
        long size = end - start;
        if (Long.bitCount(size) == 1) {
            int level = Long.numberOfTrailingZeros(size);
            return hashes.hash(level, start >> level);
        }
        long middle = start + split(size);
        return MerkleHash.node(rangeRoot(start, middle, hashes), rangeRoot(middle, end, hashes));
    }

    private static void addPath(
            long index, long start, long end, HashReader hashes, List<byte[]> proof) {
        if (end - start == 1) {
            return;
        }
        long middle = start + split(end - start);
        if (index < middle) {
            addPath(index, start, middle, hashes, proof);
            proof.add(rangeRoot(middle, end, hashes));
        } else {
            addPath(index, middle, end, hashes, proof);
            proof.add(rangeRoot(start, middle, hashes));
        }
    }

    /**
     * One step of the descent: the part {@code [start, end)} of the subtree within the node over
     * {@code [left, right)}.
     *
     * @param whole whether the part is the whole subtree still, so that the checker has its hash
     */
    private record Cut(long start, long end, long left, long right, boolean whole) {
        boolean isNode() {
            return start == left && end == right;
        }

        long middle() {
            return left + split(right - left);
        }

        Cut intoLeft() {
            return new Cut(start, end, left, middle(), whole);
        }

        Cut intoRight() {
            return new Cut(start, end, middle(), right, whole);
        }

        /** Behind the middle that the subtree, which then starts at {@code left}, reaches over. */
        Cut behindMiddle() {
            return new Cut(middle(), end, middle(), right, false);
        }
    }

    private static void addConsistency(Cut cut, HashReader hashes, List<byte[]> proof) {
        if (cut.isNode()) {
            if (!cut.whole()) {
                proof.add(rangeRoot(cut.left(), cut.right(), hashes));
            }
            return;
        }
        long middle = cut.middle();
        if (cut.end() <= middle) {
            addConsistency(cut.intoLeft(), hashes, proof);
            proof.add(rangeRoot(middle, cut.right(), hashes));
        } else if (cut.start() >= middle) {
            addConsistency(cut.intoRight(), hashes, proof);
            proof.add(rangeRoot(cut.left(), middle, hashes));
        } else {
            addConsistency(cut.behindMiddle(), hashes, proof);
            proof.add(rangeRoot(cut.left(), middle, hashes));
        }
    }

    private static byte[] rootByPath(byte[] leafHash, long index, long size, Remaining remaining)
            throws ProofTooShortException {
        if (size == 1) {
            return leafHash;
        }
        long middle = split(size);
        byte[] sibling = remaining.takeLast();
        return index < middle
                ? MerkleHash.node(rootByPath(leafHash, index, middle, remaining), sibling)
                : MerkleHash.node(
                        sibling, rootByPath(leafHash, index - middle, size - middle, remaining));
    }

    /** Hashes of what the descent has seen: of the subtree's part, and of the node around it. */
    private record Roots(byte[] subtree, byte[] tree) {}

    private static Roots rootsByProof(Cut cut, byte[] subtreeRoot, Remaining remaining)
            throws ProofTooShortException {
        if (cut.isNode()) {
            byte[] hash = cut.whole() ? subtreeRoot : remaining.takeLast();
            return new Roots(hash, hash);
        }
        byte[] sibling = remaining.takeLast();
        if (cut.end() <= cut.middle()) {
            Roots below = rootsByProof(cut.intoLeft(), subtreeRoot, remaining);
            return new Roots(below.subtree(), MerkleHash.node(below.tree(), sibling));
        }
        if (cut.start() >= cut.middle()) {
            Roots below = rootsByProof(cut.intoRight(), subtreeRoot, remaining);
            return new Roots(below.subtree(), MerkleHash.node(sibling, below.tree()));
        }
        Roots below = rootsByProof(cut.behindMiddle(), subtreeRoot, remaining);
        return new Roots(
                MerkleHash.node(sibling, below.subtree()), MerkleHash.node(sibling, below.tree()));
    }

    private static boolean allHashes(List<byte[]> proof) {
        return proof.stream().allMatch(hash -> hash.length == MerkleHash.BYTES);
    }

    /** The hashes of a proof not used so far. */
    private static final class Remaining {
        private final List<byte[]> proof;
        private int left;

        Remaining(List<byte[]> proof) {
            this.proof = proof;
            left = proof.size();
        }

        byte[] takeLast() throws ProofTooShortException {
            if (left == 0) {
                throw new ProofTooShortException();
            }
            left--;
            return proof.get(left);
        }

        boolean isEmpty() {
            return left == 0;
        }
    }

    /** Ends a descent; never leaves this class. */
    private static final class ProofTooShortException extends Exception {
        @java.io.Serial private static final long serialVersionUID = 1L;
    }
}
