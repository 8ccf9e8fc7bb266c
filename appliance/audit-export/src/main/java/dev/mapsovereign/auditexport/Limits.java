package dev.mapsovereign.auditexport;

/** How much an export holds at once, and why. */
final class Limits {
    /** Files written before they are synced and read back: their descriptors stay open. */
    static final int BATCH_FILES_MAX = 256;

    /** Bytes written before they are synced: a slow stick should not be seconds behind. */
    static final long BATCH_BYTES_MAX = 16L << 20;

    /** Syncs at once: measured on ext4, more gain nothing. */
    static final int SYNC_THREADS = 8;

    /** A note on a medium; more would be no checkpoint and no manifest signature of ours. */
    static final int NOTE_BYTES_MAX = 256 << 10;

    /** A manifest on a medium, read for its digest alone. */
    static final long MANIFEST_BYTES_MAX = 1L << 30;

    /** A manifest is written in pieces of so much. */
    static final int MANIFEST_BUFFER_BYTES = 64 << 10;

    /** Space left on a medium beside the export, for the file system's own needs. */
    static final long MEDIUM_RESERVE_BYTES = 1L << 20;

    /**
     * What a new file costs beside its content: directory entries, half a cluster rounded up is
     * counted apart.
     */
    static final long FILE_OVERHEAD_BYTES = 256;

    /** Read back in pieces of so much. */
    static final int READ_BACK_BYTES = 1 << 20;

    /**
     * Beside a node at work the export computes in pieces of so much, then sees whether to rest.
     */
    static final long PACE_NANOS = 20_000_000;

    /** A node that appends more than this is at work; fewer are probes and housekeeping. */
    static final long BUSY_RECORDS_PER_SECOND = 50;

    /**
     * Of one processor, while the node is at work: a log under full load on two processors loses
     * 6.8 % (11.5 % at 0.15), and an export may slow it by 10.
     */
    static final double BUSY_SHARE = 0.12;

    /** One rest; then the node is looked at again. */
    static final long REST_NANOS_MAX = 1_000_000_000;

    /** What a file takes in the manifest: a digest and the longest name of a tile. */
    static final long MANIFEST_LINE_BYTES = 64 + 2 + 120 + 1;

    /** Records of `_node` looked at in one go when key records are searched. */
    static final int SCAN_RECORDS = 256;

    private Limits() {}
}
