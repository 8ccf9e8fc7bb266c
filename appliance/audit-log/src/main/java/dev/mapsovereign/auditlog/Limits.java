package dev.mapsovereign.auditlog;

import java.time.Duration;

/** Bounds of the log, and why. */
final class Limits {
    /**
     * Shorter than a person notices, longer than a busy log ever pauses: then a batch is sealed.
     */
    static final Duration SEAL_DELAY = Duration.ofMillis(20);

    /** Drafts that wait: some ten thousand, or what a second of the fastest disk takes. */
    static final long QUEUE_BYTES_MAX = 32L << 20;

    /** What a waiting draft costs at least, whatever its length. */
    static final int QUEUE_BYTES_EACH = 512;

    /** Entries of one batch; beyond some hundred nothing is gained but latency. */
    static final int BATCH_ENTRIES_MAX = 4096;

    /** Callers whose time is up are looked for this often, more often if deadlines are short. */
    static final Duration DEADLINE_LOOK = Duration.ofMillis(100);

    /** How long an unwritable journal is left alone before another segment is tried. */
    static final Duration REPAIR_PAUSE = Duration.ofMillis(250);

    /** How long a nearly full journal waits for the next segment before it refuses. */
    static final Duration STANDBY_WAIT = Duration.ofMillis(500);

    /** A clock that NTP slews stays within this between two batches; what moves more, stepped. */
    static final Duration CLOCK_STEP = Duration.ofSeconds(2);

    /** Journal that a start reads again at most, about 0.2 s of work. */
    static final long STATE_BYTES = 32L << 20;

    /** Journal that the builder takes in before it looks to tiles and state again. */
    static final long PASS_BYTES = 2L << 20;

    /**
     * Journal behind the kept state at which appends are slowed down to the builder's pace: a start
     * would have to read all of it, and keep 90 bytes in memory for each record.
     */
    static final long LAG_BYTES_MAX = 4 * STATE_BYTES;

    /** How long one batch waits at most for a builder that lags. */
    static final Duration LAG_PAUSE = Duration.ofMillis(100);

    /** A busy log's state is no older than this. */
    static final Duration STATE_INTERVAL = Duration.ofSeconds(5);

    /** Space that is set aside for the record of an open intent, in whole pages. */
    static final int INTENT_BYTES = 16 << 10;

    /**
     * The longest record of an intent: with a batch header of its own it fits into what was set
     * aside. Without {@code meta} every record is shorter.
     */
    static final int INTENT_RECORD_BYTES_MAX = 12 << 10;

    /** Segments are looked at, space is measured and a missing standby is tried this often. */
    static final Duration KEEPER_INTERVAL = Duration.ofMillis(500);

    /** While the log is busy its builder wakes this often, not for each batch. */
    static final Duration BUILDER_PAUSE = Duration.ofMillis(5);

    /** Records whose tiles cannot be written; beyond it the builder waits. 80 bytes each. */
    static final int TAIL_RECORDS_MAX = 1 << 20;

    /** A file of notes this long is replaced by one with the newest notes alone. */
    static final long NOTES_BYTES_MAX = 16L << 20;

    /** What a caller is told who met an unavailable log. */
    static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** A reader of what was just appended waits for the builder no longer. */
    static final Duration BUILD_WAIT = Duration.ofSeconds(10);

    /**
     * Tiles that were followed up the tree and are kept: 8 KiB each, the leaf hashes of 65,536
     * records.
     */
    static final int VERIFIED_TILES_MAX = 256;

    /** A close waits for each of its threads no longer. */
    static final Duration CLOSE_WAIT = Duration.ofSeconds(30);

    /** Records that are read at once in search of a rotation's own. */
    static final int SCAN_RECORDS = 1024;

    private Limits() {}
}
