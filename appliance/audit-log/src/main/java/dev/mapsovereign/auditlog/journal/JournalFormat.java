package dev.mapsovereign.auditlog.journal;

/**
 * Numbers of the journal's format that more than one class needs; docs/internals/journal-format.md.
 */
public final class JournalFormat {
    /**
     * Every batch starts at a multiple of this. It is the page of file systems and the sector of
     * disks, so a write never touches a page that was synced before, and torn pages hold nothing
     * that was answered.
     */
    public static final int PAGE = 4096;

    /** The first page of a segment describes it. */
    public static final int SEGMENT_HEADER_BYTES = PAGE;

    /** Bytes of entries in one batch: some thousand records, written in a few milliseconds. */
    public static final int BODY_BYTES_MAX = 2 << 20;

    /** Tenants with records in one batch; more wait for the next. */
    public static final int HEADS_MAX = 4096;

    /** The longest header. */
    public static final int HEADER_BYTES_MAX =
            BatchHeader.FIXED_BYTES + HEADS_MAX * ChainHead.BYTES;

    /** The most that one batch takes in a segment, and so the most that a torn one can leave. */
    public static final int EXTENT_MAX = roundUp(HEADER_BYTES_MAX + BODY_BYTES_MAX);

    /** Segments up to this have offsets of 32 bits. */
    public static final long SEGMENT_BYTES_MAX = 1L << 31;

    private JournalFormat() {}

    /** The next multiple of {@link #PAGE}. */
    public static int roundUp(int bytes) {
        return Math.addExact(bytes, PAGE - 1) / PAGE * PAGE;
    }
}
