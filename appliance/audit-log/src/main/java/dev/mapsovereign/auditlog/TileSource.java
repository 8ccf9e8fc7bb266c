package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.tree.TenantTree;
import dev.mapsovereign.auditlog.tree.TileFiles;
import dev.mapsovereign.auditlog.tree.TreeSnapshot;
import dev.mapsovereign.base.merkle.HashReader;
import dev.mapsovereign.base.merkle.Tiles;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;

/**
 * The tiles and entry bundles of one log, C2SP tlog-tiles, full or partial, of any size up to the
 * one that the log had when this was made. Full ones are on disk, partial ones are made on demand.
 * Safe for use by several threads.
 */
public final class TileSource {
    private static final int LENGTH_BYTES = 2;

    private final LeafReader leaves;
    private final TenantTree tree;
    private final TileFiles files;
    private final TreeSnapshot snapshot;

    TileSource(LeafReader leaves, TenantTree tree, TileFiles files) {
        this.leaves = leaves;
        this.tree = tree;
        this.files = files;
        this.snapshot = tree.snapshot();
    }

    /** Number of records that this covers. */
    public long size() {
        return snapshot.size();
    }

    /**
     * A hash tile.
     *
     * @param width how many of its hashes, 1 to 256
     * @return {@code 32 * width} bytes
     * @throws IllegalArgumentException if no tree up to {@link #size} has it
     * @throws UncheckedIOException if it cannot be read
     */
    public byte[] hashTile(int level, long index, int width) {
        return snapshot.tile(level, index, width, this::full);
    }

    /**
     * An entry bundle: leaves, each behind its length in 16 bits.
     *
     * @param width how many of its entries, 1 to 256
     * @throws IllegalArgumentException if no tree up to {@link #size} has it
     * @throws UncheckedIOException if it cannot be read
     */
    public byte[] entryBundle(long index, int width) {
        if (width < 1 || width > Tiles.width(0, index, snapshot.size())) {
            throw new IllegalArgumentException(
                    "a log of size "
                            + snapshot.size()
                            + " has no bundle "
                            + index
                            + " of "
                            + width);
        }
        long first = index * Tiles.WIDTH;
        if (first < tree.bundled()) {
            return prefix(files.entryBundle(tree.tenant(), index), width);
        }
        ByteArrayOutputStream bundle = new ByteArrayOutputStream();
        for (byte[] leaf : leaves.leaves(first, width)) {
            bundle.writeBytes(Tiles.encodeBundle(List.of(leaf)));
        }
        return bundle.toByteArray();
    }

    /**
     * The length of an entry bundle in bytes, without reading a full one.
     *
     * @throws IllegalArgumentException as {@link #entryBundle}
     * @throws UncheckedIOException as {@link #entryBundle}
     */
    public long entryBundleLength(long index, int width) {
        return width == Tiles.WIDTH && (index + 1) * Tiles.WIDTH <= tree.bundled()
                ? files.entryBundleLength(tree.tenant(), index)
                : entryBundle(index, width).length;
    }

    /** The hashes of complete subtrees, for proofs. */
    public HashReader hashReader() {
        return snapshot.reader(this::full);
    }

    private byte[] full(int level, long index) {
        return files.tile(tree.tenant(), level, index);
    }

    private static byte[] prefix(byte[] bundle, int width) {
        if (width == Tiles.WIDTH) {
            return bundle;
        }
        int at = 0;
        for (int i = 0; i < width; i++) {
            at +=
                    LENGTH_BYTES
                            + (Byte.toUnsignedInt(bundle[at]) << 8
                                    | Byte.toUnsignedInt(bundle[at + 1]));
        }
        return Arrays.copyOf(bundle, at);
    }
}
