package dev.mapsovereign.protocols.max;

/** The bounds of MAX, each with its reason. */
final class Limits {
    /**
     * A statement in RFC 8785 form. The record of a call that was announced has 12 KiB; beyond that
     * the log would keep a digest alone, and a statement must stand in full or be refused.
     */
    static final int STATEMENT_BYTES_MAX = 8 << 10;

    /** Records of a page when nothing is said. */
    static final int PAGE_DEFAULT = 100;

    /**
     * Bytes of records after which a page ends. One step more may be added before that is noticed,
     * and the answer still stays in the 8 MiB that the engine sets.
     */
    static final int PAGE_BYTES_MAX = 4 << 20;

    /** Records asked from the index at once: 50 of the largest size have 3.25 MB. */
    static final int STEP = 50;

    /** Records of a report asked from the index at once; the largest have 16 MB together. */
    static final int REPORT_STEP = 250;

    /** Records looked at before and after a call for what belongs to it. */
    static final int TRACE_WINDOW = 1_000;

    /** Records of one graph. */
    static final int TRACE_NODES_MAX = 500;

    /**
     * Newest records that are looked at where the index does not know a call: it follows the log by
     * milliseconds, and a caller may ask for the call it made just before.
     */
    static final int TAIL = 500;

    /** Records checked when nothing is said. */
    static final int HEALTH_DEFAULT = 100;

    private Limits() {}
}
