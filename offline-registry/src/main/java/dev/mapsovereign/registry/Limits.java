package dev.mapsovereign.registry;

import java.time.Duration;

/** Bounds on what comes from outside, each with its reason. */
public final class Limits {
    /** A document holds keys and claims, not files; ten million of them must fit a medium. */
    public static final int DOCUMENT_BYTES_MAX = 64 * 1024;

    /** Deepest honest nesting is about 8 (a credential inside {@code compliance}); twice that. */
    public static final int DOCUMENT_DEPTH_MAX = 16;

    public static final int VERIFICATION_METHODS_MAX = 16;
    public static final int SERVICES_MAX = 32;
    public static final int CAPABILITIES_MAX = 256;
    public static final int CREDENTIALS_MAX = 16;
    public static final int SIGNERS_MAX = 16;

    /** Links from an entity to its root; the deepest known use is 5. */
    public static final int LINEAGE_DEPTH_MAX = 64;

    /** How far a birth or proof time may be ahead: clocks inside a site agree better than this. */
    public static final Duration DOCUMENT_TIME_AHEAD_MAX = Duration.ofMinutes(5);

    /** How far an issue may be ahead of the clock before somebody has to look at the clock. */
    public static final Duration ISSUE_TIME_AHEAD_MAX = Duration.ofHours(24);

    /** A root with 4 roles of 16 keys and their signatures is about 20 KiB. */
    public static final int ROOT_BYTES_MAX = 256 * 1024;

    /** More roots than one a week for twenty years. */
    public static final int ROOT_VERSIONS_MAX = 1024;

    public static final int TIMESTAMP_BYTES_MAX = 64 * 1024;
    public static final int SNAPSHOT_BYTES_MAX = 64 * 1024;

    /** 4096 document parts at about 350 bytes each, doubled. */
    public static final int TARGETS_BYTES_MAX = 4 * 1024 * 1024;

    public static final int KEYS_PER_ROLE_MAX = 16;

    /** Parts of the document pack; with ten million documents of 1.5 KiB a part is about 4 MiB. */
    public static final int PARTS_MAX = 4096;

    /**
     * A publisher aims at parts of this size before compression: worth carrying, cheap to replace.
     */
    public static final int PART_BYTES_AIM = 32 * 1024 * 1024;

    /** Ten million documents. */
    public static final long DOCUMENTS_MAX = 10_000_000;

    /**
     * One part before compression: all of one snapshot's documents at the size limit are bounded by
     * the parts.
     */
    public static final long PART_UNPACKED_MAX = 1L << 31;

    /** Reason texts of revocations included. */
    public static final int REVOCATION_LINE_BYTES_MAX = 2048;

    /** Served, newest, and one to fall back to. */
    public static final int SNAPSHOTS_KEPT = 3;

    /**
     * How long a verification's result may be used again (a switch of snapshot ends it at once).
     */
    public static final Duration VERDICT_AGE_MAX = Duration.ofSeconds(60);

    /** Results kept; at about 2 KiB each 20 MiB. */
    public static final int VERDICTS_MAX = 10_000;

    /**
     * Documents kept parsed, by their bytes as signed; parsed they take some five times as much.
     */
    public static final long PARSED_BYTES_MAX = 8L << 20;

    private Limits() {}
}
