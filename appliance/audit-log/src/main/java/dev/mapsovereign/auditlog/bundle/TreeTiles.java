package dev.mapsovereign.auditlog.bundle;

import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.Tiles;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * A log's tree as the partial tiles of its present size: all that is needed to go on appending, to
 * know the root, and to compare tiles. At most 64 KiB, whatever the size.
 *
 * <p>The tile of a level that an append has just completed keeps its hashes until the next append,
 * so that it can be compared. Whoever exports or verifies a range appends its entries here and
 * compares on the way. For one thread.
 */
public final class TreeTiles {
    private static final int HASH = MerkleHash.BYTES;
    private static final int TILE = Tiles.WIDTH * HASH;

    /** Tile levels of the largest tree. */
    private static final int LEVELS = 8;

    private final MessageDigest digest = Sha256.digest();
    private final byte[] scratch = new byte[TILE];

    /** The two hashes of a node behind its prefix: one piece is hashed faster than two. */
    private final byte[] node = new byte[1 + 2 * HASH];

    private final byte[][] tiles = new byte[LEVELS][TILE];
    private final int[] widths = new int[LEVELS];
    private long size;

    /**
     * A tree of that size, of which {@link #load} gives the partial tiles.
     *
     * @param size 0 for the empty tree, which has none
     */
    public TreeTiles(long size) {
        this.size = size;
        node[0] = 1;
    }

    /** Number of leaves. */
    public long size() {
        return size;
    }

    /** The hashes of a partial tile. */
    public void load(int level, byte[] hashes, int width) {
        System.arraycopy(hashes, 0, tiles[level], 0, width * HASH);
        widths[level] = width;
    }

    /** Appends the leaf hash at {@code hashes[from, from + 32)}. */
    public void append(byte[] hashes, int from) {
        System.arraycopy(hashes, from, tiles[0], widths[0] * HASH, HASH);
        widths[0]++;
        size++;
        for (int level = 0; widths[level] == Tiles.WIDTH; level++) {
            widths[level] = 0;
            System.arraycopy(tiles[level], 0, scratch, 0, TILE);
            foldScratch(Tiles.WIDTH);
            System.arraycopy(scratch, 0, tiles[level + 1], widths[level + 1] * HASH, HASH);
            widths[level + 1]++;
        }
    }

    /** Whether the present level-0 tile has that hash at that place. */
    public boolean holds(int place, byte[] hashes, int from) {
        int at = place * HASH;
        return Arrays.equals(tiles[0], at, at + HASH, hashes, from, from + HASH);
    }

    /** Whether the tree's partial tile, or the full one that was completed last, is this one. */
    public boolean matches(int level, byte[] tile, int width) {
        return widths[level] == width % Tiles.WIDTH
                && Arrays.equals(tiles[level], 0, width * HASH, tile, 0, width * HASH);
    }

    /** The root of the tree. */
    public byte[] root() {
        byte[] root = {};
        for (int level = 0; level < LEVELS; level++) {
            int end = widths[level];
            while (end > 0) {
                // From the right: each power of two in the width is one perfect subtree.
                int begin = end & (end - 1);
                System.arraycopy(tiles[level], begin * HASH, scratch, 0, (end - begin) * HASH);
                foldScratch(end - begin);
                byte[] part = Arrays.copyOf(scratch, HASH);
                root = root.length == 0 ? part : MerkleHash.node(part, root);
                end = begin;
            }
        }
        return root.length == 0 ? MerkleHash.empty() : root;
    }

    /** Hashes a power of two of hashes in pairs until one is left, in place. */
    private void foldScratch(int count) {
        try {
            for (int left = count; left > 1; left /= 2) {
                for (int i = 0; i < left / 2; i++) {
                    System.arraycopy(scratch, 2 * i * HASH, node, 1, 2 * HASH);
                    digest.update(node);
                    digest.digest(scratch, i * HASH, HASH);
                }
            }
        } catch (DigestException e) {
            throw new IllegalStateException("32 bytes hold a SHA-256", e);
        }
    }
}
