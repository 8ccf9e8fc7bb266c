package dev.mapsovereign.auditlog.bundle;

import dev.mapsovereign.base.merkle.Tiles;

/**
 * Which tiles and entry bundles the range {@code [from, to)} of a log consists of, in the order in
 * which a manifest lists them and a verifier reads them (docs/reference/audit-bundle.md §2, §3).
 *
 * <p>The partial tiles of a size are the whole tree of that size in compact form. So whoever takes
 * the tiles of {@code from}, appends the leaf hashes of the entries one after the other and arrives
 * at the tiles of {@code to} has recomputed the tree without seeing anything before {@code from}.
 */
public final class RangeFiles {
    private RangeFiles() {}

    /**
     * Takes the files of a range one by one.
     *
     * @param <E> what reading or writing a file may throw
     */
    public interface Visitor<E extends Exception> {
        /** A partial tile of {@code from}: hashes the tree begins with. */
        void beginning(int level, long index, int width) throws E;

        /** A level-0 tile; its entry bundle is the next call. */
        void leaves(long index, int width) throws E;

        /** The entries behind the level-0 tile of the call before. */
        void entries(long index, int width) throws E;

        /**
         * A tile above level 0 that the entries so far have completed, or the partial one of {@code
         * to}.
         */
        void above(int level, long index, int width) throws E;
    }

    /**
     * Visits the files of a range. An empty one, {@code from} = {@code to}, has the partial tiles
     * of that size and no entries.
     *
     * @throws IllegalArgumentException unless {@code 0 <= from <= to}
     */
    public static <E extends Exception> void visit(long from, long to, Visitor<E> visitor)
            throws E {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("no range from " + from + " to " + to);
        }
        for (int level = 0; level < levels(from); level++) {
            if (partialWidth(level, from) > 0) {
                visitor.beginning(level, partialIndex(level, from), partialWidth(level, from));
            }
        }
        if (from == to) {
            return;
        }
        for (long block = from / Tiles.WIDTH; block < to / Tiles.WIDTH; block++) {
            visitor.leaves(block, Tiles.WIDTH);
            visitor.entries(block, Tiles.WIDTH);
            visitCompleted(block, visitor);
        }
        visitEnd(from, to, visitor);
    }

    private static <E extends Exception> void visitCompleted(long block, Visitor<E> visitor)
            throws E {
        long done = block + 1;
        for (int level = 1; done % Tiles.WIDTH == 0; level++) {
            done /= Tiles.WIDTH;
            visitor.above(level, done - 1, Tiles.WIDTH);
        }
    }

    private static <E extends Exception> void visitEnd(long from, long to, Visitor<E> visitor)
            throws E {
        for (int level = 0; level < levels(to); level++) {
            long index = partialIndex(level, to);
            int width = partialWidth(level, to);
            if (width == 0) {
                continue;
            }
            if (level == 0) {
                visitor.leaves(index, width);
                visitor.entries(index, width);
            } else if (width != partialWidth(level, from) || index != partialIndex(level, from)) {
                visitor.above(level, index, width);
            }
        }
    }

    /** Tile levels that a tree of this size has; 0 for the empty tree. */
    public static int levels(long size) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(size);
        return (bits + Tiles.HEIGHT - 1) / Tiles.HEIGHT;
    }

    /** Hashes of the partial tile at a level of a tree of this size, 0 to 255. */
    public static int partialWidth(int level, long size) {
        return (int) (size >> (Tiles.HEIGHT * level)) & (Tiles.WIDTH - 1);
    }

    /** Where in its level the partial tile of that size stands. */
    public static long partialIndex(int level, long size) {
        // A shift by 64 or more would wrap; no tree of less than 2^63 leaves has such a level.
        return (size >> (Tiles.HEIGHT * level)) >> Tiles.HEIGHT;
    }

    /**
     * Whether a hash tile belongs to the range, for whoever comes upon a file and asks. The
     * question for an entry bundle is {@link #hasEntries}.
     */
    public static boolean hasTile(long from, long to, int level, long index, int width) {
        if (level < 0 || level >= levels(to)) {
            return false;
        }
        if (width < Tiles.WIDTH) {
            return isPartial(from, level, index, width) || isPartial(to, level, index, width);
        }
        return index >= partialIndex(level, from) && index < partialIndex(level, to);
    }

    /** Whether an entry bundle belongs to the range. */
    public static boolean hasEntries(long from, long to, long index, int width) {
        if (from == to) {
            return false;
        }
        return width < Tiles.WIDTH
                ? isPartial(to, 0, index, width)
                : index >= from / Tiles.WIDTH && index < to / Tiles.WIDTH;
    }

    private static boolean isPartial(long size, int level, long index, int width) {
        return width > 0
                && width == partialWidth(level, size)
                && index == partialIndex(level, size);
    }
}
