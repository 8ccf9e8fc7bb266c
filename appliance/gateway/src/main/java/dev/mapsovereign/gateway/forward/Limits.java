package dev.mapsovereign.gateway.forward;

import java.time.Duration;

/** Fixed numbers between gateways and engine hosts, each with its reason. */
public final class Limits {
    /** Header fields have 32 KiB at most; in JSON, with all else of the head, less than this. */
    static final int HEAD_BYTES_MAX = 256 << 10;

    /** What an engine host takes: the longest body that a gateway takes, and a head. */
    public static final int FORWARDED_BYTES_MAX =
            dev.mapsovereign.gateway.http.Request.BODY_BYTES_MAX + HEAD_BYTES_MAX;

    /** One gateway's calls at one engine host at once, unless configured. */
    static final int CALLS_MAX = 4_096;

    /** Engine hosts of one gateway. */
    static final int ENGINES_MAX = 64;

    /** A host that is lost is noticed after two of these and two probes: within three seconds. */
    static final Duration HEALTH_INTERVAL = Duration.ofMillis(500);

    /**
     * How much longer than a call may take its answer is waited for: the engine host says itself
     * that a call was too late, and its word has a record.
     */
    public static final Duration ANSWER_GRACE = Duration.ofSeconds(2);

    /** Agents' certificates that an engine host keeps parsed. */
    static final int CERTIFICATES_KEPT_MAX = 1_000;

    private Limits() {}
}
