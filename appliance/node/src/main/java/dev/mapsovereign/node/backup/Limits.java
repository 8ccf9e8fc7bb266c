package dev.mapsovereign.node.backup;

/** How much a backup holds at once, and why. */
final class Limits {
    /** Stored files are cut here: half of what FAT32 takes. */
    static final long STORED_BYTES_MAX = 2L << 30;

    /** Smaller files are written as one, larger ones in pieces. */
    static final int WHOLE_BYTES_MAX = 1 << 20;

    /** One piece. */
    static final int PIECE_BYTES = 256 << 10;

    /** What a file takes on a medium beside its bytes: half a cluster, its name, its lines. */
    static final long FILE_OVERHEAD_BYTES = 16 << 10;

    /** Left free on the medium or disk. */
    static final long RESERVE_BYTES = 4L << 20;

    /** A description, whose logs take 300 bytes each. */
    static final int DESCRIPTION_BYTES_MAX = 64 << 20;

    /** A line of the index; a path has at most 4096 bytes. */
    static final int INDEX_LINE_BYTES_MAX = 64 << 10;

    /** The signature of a manifest. */
    static final int NOTE_BYTES_MAX = 64 << 10;

    /** How often a backup begins again because a folder changed while it was copied. */
    static final int ATTEMPTS_MAX = 3;

    private Limits() {}
}
