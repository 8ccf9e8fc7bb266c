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

    /** Records of a report read from the log at once: one entry bundle. */
    static final int REPORT_LEAVES = 256;

    /** Gaps and key changes that a report lists; beyond them it counts. */
    static final int REPORT_LIST_MAX = 100;

    /** Key changes that a report lists: each has four fingerprints, and a note has 64 KiB. */
    static final int REPORT_KEYS_MAX = 50;

    /** Records looked at before and after a call for what belongs to it, when nothing is said. */
    static final int TRACE_WINDOW = 1_000;

    /** Records read from the log at once for a graph. */
    static final int TRACE_STEP = 128;

    /** Bytes of records read on either side of a call: 5,000 of the usual 600 bytes have less. */
    static final long TRACE_BYTES_MAX = 8L << 20;

    /** Calls of one graph. */
    static final int TRACE_CALLS_MAX = 500;

    /** Nodes of one graph, messages and plugins among them: some 0.5 MB. */
    static final int TRACE_NODES_MAX = 2_000;

    /** Edges of one graph. */
    static final int TRACE_EDGES_MAX = 5_000;

    /** Calls outside of the window that are looked up by their ids; each is a query. */
    static final int TRACE_LOOK_UPS_MAX = 16;

    /** Forged checkpoints that are recorded: a question in a loop must not fill the log. */
    static final int FORKS_REPORTED_MAX = 64;

    /**
     * Newest records that are looked at where the index does not know a call: it follows the log by
     * milliseconds, and a caller may ask for the call it made just before.
     */
    static final int TAIL = 500;

    /**
     * Newest records of {@code _node} among which a receipt is looked for: weeks of a busy node.
     */
    static final int RECEIPT_RECORDS = 100_000;

    /** Records checked when nothing is said. */
    static final int HEALTH_DEFAULT = 100;

    private Limits() {}
}
