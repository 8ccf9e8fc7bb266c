package dev.mapsovereign.auditlog.tree;

import dev.mapsovereign.base.merkle.HashReader;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.Tiles;
import java.util.Arrays;
import java.util.List;

/**
 * The hashes of one tenant's tree at one moment that are not in full tiles on disk.
 *
 * @param size of the tree
 * @param bundled records below have their leaf hashes in full tiles on disk
 * @param leafHashes of the records from {@code bundled} on
 * @param upper level 1 first: hashes of the last, not yet full tile of each level
 */
public record TreeSnapshot(long size, long bundled, byte[] leafHashes, List<byte[]> upper) {
    private static final int HASH = MerkleHash.BYTES;

    /** Where full tiles are read. */
    public interface FullTiles {
        /** The 8,192 bytes of a full tile on disk. */
        byte[] tile(int level, long index);
    }

    /**
     * A tile as it is in a tree of at most this size.
     *
     * @param width how many of its hashes are wanted
     * @throws IllegalArgumentException if the tree is too small for that
     */
    public byte[] tile(int level, long index, int width, FullTiles full) {
        if (width < 1 || width > Tiles.width(level, index, size)) {
            throw new IllegalArgumentException(
                    "a tree of size "
                            + size
                            + " has no tile "
                            + level
                            + "/"
                            + index
                            + " of "
                            + width);
        }
        long firstInMemory = stored(level) / Tiles.WIDTH;
        if (index < firstInMemory) {
            return Arrays.copyOf(full.tile(level, index), width * HASH);
        }
        byte[] tile = new byte[width * HASH];
        for (int i = 0; i < width; i++) {
            byte[] hash = hash(level, index * Tiles.WIDTH + i, full);
            System.arraycopy(hash, 0, tile, i * HASH, HASH);
        }
        return tile;
    }

    /** The hashes of complete subtrees, wherever they are. */
    public HashReader reader(FullTiles full) {
        return (level, index) -> subtree(level, index, full);
    }

    private byte[] subtree(int level, long index, FullTiles full) {
        int tileLevel = level / Tiles.HEIGHT;
        int height = level % Tiles.HEIGHT;
        long first = index << height;
        if (first + (1L << height) <= stored(tileLevel) / Tiles.WIDTH * Tiles.WIDTH) {
            long tile = first / Tiles.WIDTH;
            return Tiles.hashWithin(
                    full.tile(tileLevel, tile),
                    height,
                    (int) (index - ((tile * Tiles.WIDTH) >> height)));
        }
        return height == 0
                ? hash(tileLevel, index, full)
                : MerkleHash.node(
                        subtree(level - 1, 2 * index, full),
                        subtree(level - 1, 2 * index + 1, full));
    }

    /** One hash of a tile level: in a full tile, in memory, or computed from the level below. */
    private byte[] hash(int level, long index, FullTiles full) {
        if (level == 0) {
            if (index < bundled) {
                return Tiles.hashWithin(
                        full.tile(0, index / Tiles.WIDTH), 0, (int) (index % Tiles.WIDTH));
            }
            int at = Math.toIntExact(index - bundled) * HASH;
            return Arrays.copyOfRange(leafHashes, at, at + HASH);
        }
        long stored = stored(level);
        if (index >= stored) {
            // Its leaves are in the tail still, which can be longer than a tile for a moment.
            int below = Tiles.HEIGHT * level - 1;
            return MerkleHash.node(
                    subtree(below, 2 * index, full), subtree(below, 2 * index + 1, full));
        }
        long firstInMemory = stored / Tiles.WIDTH * Tiles.WIDTH;
        if (index < firstInMemory) {
            return Tiles.hashWithin(
                    full.tile(level, index / Tiles.WIDTH), 0, (int) (index % Tiles.WIDTH));
        }
        int at = (int) (index - firstInMemory) * HASH;
        return Arrays.copyOfRange(upper.get(level - 1), at, at + HASH);
    }

    /** How many hashes of a tile level follow from the full bundles on disk. */
    private long stored(int level) {
        int shift = Tiles.HEIGHT * level;
        return shift >= Long.SIZE ? 0 : bundled >>> shift;
    }
}
