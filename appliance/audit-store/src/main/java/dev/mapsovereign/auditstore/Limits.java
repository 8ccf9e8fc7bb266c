package dev.mapsovereign.auditstore;

import java.time.Duration;

/** Every bound of this module, and why it is what it is. */
final class Limits {
    /**
     * Records in one transaction of the projection into PostgreSQL: what a transaction costs by
     * itself (four round trips and a commit) is spread thinly enough.
     */
    static final int BATCH_RECORDS_POSTGRESQL = 4096;

    /**
     * And into H2, which keeps a transaction's undo log in the same store: a row costs a quarter
     * less than with 4096.
     */
    static final int BATCH_RECORDS_H2 = 512;

    /** And their bytes, should records be large: what is inserted is held in memory meanwhile. */
    static final long BATCH_BYTES = 8L << 20;

    /** Records read at a time while a batch is on its way to the server. */
    static final int PIECE_RECORDS = 256;

    /** How often it is looked whether appends need the processors. */
    static final Duration COURTESY_LOOK = Duration.ofMillis(250);

    /** Fewer appends than this leave the processors time enough. */
    static final double COURTESY_APPENDS_PER_SECOND = 5_000;

    /** Share of all processors in use from which they count as busy. */
    static final double COURTESY_CPU_LOAD = 0.9;

    /** Pause as a multiple of the work before it: then the projection works an eighth. */
    static final int COURTESY_FACTOR = 7;

    /**
     * Pause after a transaction that brought fewer than {@link #PIECE_RECORDS}: with few records a
     * second the transactions cost more than the rows. A query of what was just done waits so long.
     */
    static final Duration GATHER = Duration.ofMillis(50);

    /** How long the projection waits for records before it looks whether it shall end. */
    static final Duration IDLE = Duration.ofMillis(100);

    /** First and longest pause after a failure: soon back, and no storm against a sick server. */
    static final Duration RETRY_FIRST = Duration.ofMillis(200);

    static final Duration RETRY_LONGEST = Duration.ofSeconds(5);

    /** Rows removed in one transaction of a rebuild: well within the statement timeout. */
    static final int CLEAR_ROWS = 10_000;

    /** Months whose partitions are made ahead, so that the turn of a month finds them there. */
    static final int MONTHS_AHEAD = 2;

    /** Rows of one page. Each is compared with the log, some 10 µs, and answered whole. */
    static final int PAGE_ROWS_MAX = 1000;

    /** Without a wish: what a person reads. */
    static final int PAGE_ROWS_DEFAULT = 100;

    /**
     * How long a query waits for the projection to reach what was durable when it was asked, so
     * that a caller finds the record of its own last call.
     */
    static final Duration FRESH = Duration.ofSeconds(1);

    /** Pause between two looks during that time. */
    static final Duration FRESH_LOOK = Duration.ofMillis(4);

    /** A text to search for; no stored one is longer (256 bytes and a digest). */
    static final int FILTER_CHARS_MAX = 512;

    /** Records compared at a time; as many leaves as a tile has. */
    static final int COMPARED_RECORDS = 256;

    /** Rows read for them: one a record, unless somebody added some. */
    static final int COMPARED_ROWS_MAX = 1024;

    /**
     * A projection that brings nothing for so long although there is something is said to stand.
     */
    static final Duration STANDING_STILL = Duration.ofSeconds(30);

    /** Findings of one check that are named; a table that is damaged throughout needs no more. */
    static final int FINDINGS_MAX = 100;

    /** Rows already reported as violations: a query in a loop must not fill the log. */
    static final int REPORTED_MAX = 1024;

    private Limits() {}
}
