package dev.mapsovereign.base.merkle;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tiles and entry bundles of a tree, their paths, sizes and encodings (C2SP tlog-tiles).
 *
 * <p>A tile holds up to 256 hashes of one <em>tile level</em> L, which is level 8·L of the binary
 * tree; the seven levels between two tile levels are computed, not stored.
 */
public final class Tiles {
    /** Hashes of a full tile, entries of a full bundle. */
    public static final int WIDTH = 256;

    /** Binary levels that one tile spans. */
    public static final int HEIGHT = 8;

    /** Bytes that an entry can have at most: its length is written in 16 bits. */
    public static final int ENTRY_BYTES_MAX = 0xffff;

    /** The highest tile level of the specification. */
    private static final int LEVEL_MAX = 63;

    private Tiles() {}

    /**
     * {@code tile/<L>/x001/234}, with {@code .p/<W>} behind it unless {@code width} is 256.
     *
     * @throws IllegalArgumentException for a level, index or width that no tile has
     */
    public static String hashTilePath(int level, long index, int width) {
        if (level < 0 || level > LEVEL_MAX) {
            throw new IllegalArgumentException("a tile level is 0 to 63, not " + level);
        }
        return path("tile/" + level + "/", index, width);
    }

    /** {@code tile/entries/x001/234}, with {@code .p/<W>} behind it unless {@code width} is 256. */
    public static String entryBundlePath(long index, int width) {
        return path("tile/entries/", index, width);
    }

    /**
     * How many hashes the tile has in a tree of this size: 0 if it does not exist, at most 256. For
     * bundles ask with level 0.
     */
    public static int width(int level, long index, long size) {
        int shift = HEIGHT * level;
        long hashes = shift >= Long.SIZE ? 0 : size >>> shift;
        if (index > hashes / WIDTH) {
            return 0;
        }
        return (int) Math.min(WIDTH, hashes - index * WIDTH);
    }

    /**
     * Entries one after the other, each behind its length as 16 bits, big-endian.
     *
     * @throws IllegalArgumentException for more than 256 entries or one above 65,535 bytes
     */
    public static byte[] encodeBundle(List<byte[]> entries) {
        if (entries.size() > WIDTH) {
            throw new IllegalArgumentException(
                    "a bundle has at most 256 entries, not " + entries.size());
        }
        ByteArrayOutputStream bundle = new ByteArrayOutputStream();
        for (byte[] entry : entries) {
            if (entry.length > ENTRY_BYTES_MAX) {
                throw new IllegalArgumentException(
                        "an entry has at most 65535 bytes, not " + entry.length);
            }
            bundle.write(entry.length >>> 8);
            bundle.write(entry.length);
            bundle.writeBytes(entry);
        }
        return bundle.toByteArray();
    }

    /**
     * The entries of a bundle.
     *
     * @throws IllegalArgumentException if it ends within an entry or has more than {@code
     *     entriesMax}
     */
    public static List<byte[]> decodeBundle(byte[] bundle, int entriesMax) {
        List<byte[]> entries = new ArrayList<>();
        int at = 0;
        while (at < bundle.length) {
            if (entries.size() == entriesMax) {
                throw new IllegalArgumentException(
                        "the bundle goes on behind its " + entriesMax + " entries");
            }
            if (bundle.length - at < 2) {
                throw new IllegalArgumentException("the bundle ends within a length, at " + at);
            }
            int length = (bundle[at] & 0xff) << 8 | (bundle[at + 1] & 0xff);
            at += 2;
            if (bundle.length - at < length) {
                throw new IllegalArgumentException(
                        "the bundle ends within entry " + entries.size());
            }
            entries.add(Arrays.copyOfRange(bundle, at, at + length));
            at += length;
        }
        return entries;
    }

    /**
     * A hash within one tile: over {@code 2^height} of its hashes, the {@code index}-th such group.
     *
     * @param tile the tile's hashes one after the other
     * @param height 0 to 8
     * @throws IllegalArgumentException if the tile does not hold the whole group
     */
    public static byte[] hashWithin(byte[] tile, int height, int index) {
        if (height < 0 || height > HEIGHT || index < 0 || index >= WIDTH >> height) {
            throw new IllegalArgumentException(
                    "no tile has group " + index + " of height " + height);
        }
        if (((index + 1) << height) * MerkleHash.BYTES > tile.length) {
            throw new IllegalArgumentException(
                    "the tile has "
                            + tile.length / MerkleHash.BYTES
                            + " hashes, too few for group "
                            + index
                            + " of height "
                            + height);
        }
        if (height == 0) {
            int at = index * MerkleHash.BYTES;
            return Arrays.copyOfRange(tile, at, at + MerkleHash.BYTES);
        }
        return MerkleHash.node(
                hashWithin(tile, height - 1, 2 * index),
                hashWithin(tile, height - 1, 2 * index + 1));
    }

    /** The hashes of a tree of this size, read from its tiles. */
    public static HashReader hashReader(TileReader tiles, long size) {
        return (level, index) -> {
            int tileLevel = level / HEIGHT;
            int height = level % HEIGHT;
            long first = index << height;
            long tileIndex = first / WIDTH;
            byte[] tile = tiles.tile(tileLevel, tileIndex, width(tileLevel, tileIndex, size));
            return hashWithin(tile, height, (int) (index - ((tileIndex * WIDTH) >> height)));
        };
    }

    /** Where the hash tiles of a tree are read. */
    public interface TileReader {
        /** The tile's hashes one after the other: {@code 32 * width} bytes. */
        byte[] tile(int level, long index, int width);
    }

    private static String path(String head, long index, int width) {
        if (index < 0 || width < 1 || width > WIDTH) {
            throw new IllegalArgumentException("no tile " + index + " has the width " + width);
        }
        StringBuilder path = new StringBuilder(threeDigits(index % 1000));
        for (long rest = index / 1000; rest > 0; rest /= 1000) {
            path.insert(0, "x" + threeDigits(rest % 1000) + "/");
        }
        path.insert(0, head);
        if (width < WIDTH) {
            path.append(".p/").append(width);
        }
        return path.toString();
    }

    private static String threeDigits(long number) {
        String digits = Long.toString(number);
        return "0".repeat(3 - digits.length()) + digits;
    }
}
