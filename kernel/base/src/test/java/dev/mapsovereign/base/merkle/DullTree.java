package dev.mapsovereign.base.merkle;

import java.util.ArrayList;
import java.util.List;

/**
 * A tree as the definitions of RFC 6962 §2.1 and of the subtree draft read, word for word, slow.
 */
final class DullTree {
    private final List<byte[]> leafHashes;

    DullTree(List<byte[]> leafHashes) {
        this.leafHashes = leafHashes;
    }

    int size() {
        return leafHashes.size();
    }

    /** MTH(D[0:size]). */
    byte[] root(int size) {
        return mth(leafHashes.subList(0, size));
    }

    /** MTH(D[start:end]). */
    byte[] root(int start, int end) {
        return mth(leafHashes.subList(start, end));
    }

    /** PATH(index, D[0:size]). */
    List<byte[]> path(int index, int size) {
        return path(index, leafHashes.subList(0, size));
    }

    /** PATH(index - start, D[start:end]). */
    List<byte[]> path(int index, int start, int end) {
        return path(index - start, leafHashes.subList(start, end));
    }

    /** SUBTREE_PROOF(start, end, D[0:size]); PROOF(end, D[0:size]) of the RFC where start is 0. */
    List<byte[]> proof(int start, int end, int size) {
        return subproof(start, end, leafHashes.subList(0, size), true);
    }

    HashReader reader() {
        return (level, index) -> root((int) (index << level), (int) ((index + 1) << level));
    }

    private static byte[] mth(List<byte[]> d) {
        if (d.isEmpty()) {
            return MerkleHash.empty();
        }
        if (d.size() == 1) {
            return d.getFirst();
        }
        int k = split(d.size());
        return MerkleHash.node(mth(d.subList(0, k)), mth(d.subList(k, d.size())));
    }

    private static List<byte[]> path(int m, List<byte[]> d) {
        int n = d.size();
        if (n == 1) {
            return new ArrayList<>();
        }
        int k = split(n);
        List<byte[]> path = m < k ? path(m, d.subList(0, k)) : path(m - k, d.subList(k, n));
        path.add(m < k ? mth(d.subList(k, n)) : mth(d.subList(0, k)));
        return path;
    }

    private static List<byte[]> subproof(int start, int end, List<byte[]> d, boolean b) {
        int n = d.size();
        if (start == 0 && end == n) {
            return b ? new ArrayList<>() : new ArrayList<>(List.of(mth(d)));
        }
        int k = split(n);
        List<byte[]> proof;
        if (end <= k) {
            proof = subproof(start, end, d.subList(0, k), b);
            proof.add(mth(d.subList(k, n)));
        } else if (k <= start) {
            proof = subproof(start - k, end - k, d.subList(k, n), b);
            proof.add(mth(d.subList(0, k)));
        } else {
            proof = subproof(0, end - k, d.subList(k, n), false);
            proof.add(mth(d.subList(0, k)));
        }
        return proof;
    }

    private static int split(int n) {
        int k = 1;
        while (2 * k < n) {
            k *= 2;
        }
        return k;
    }
}
