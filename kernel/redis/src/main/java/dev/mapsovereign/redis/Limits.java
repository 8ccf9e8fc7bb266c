package dev.mapsovereign.redis;

import java.time.Duration;

/** Every bound of this module, and why it is what it is. */
final class Limits {
    /** How long a call waits unless configured: ten times what a busy server on a site takes. */
    static final Duration TIMEOUT_DEFAULT = Duration.ofMillis(100);

    /** Less would take a pause of the collector for a lost server. */
    static final Duration TIMEOUT_MIN = Duration.ofMillis(5);

    /** More would hold calls longer than their callers wait. */
    static final Duration TIMEOUT_MAX = Duration.ofSeconds(5);

    /** Connections unless configured: one carries some ten thousand requests a second. */
    static final int POOL_SIZE_DEFAULT = 4;

    /** As many as the database may have. */
    static final int POOL_SIZE_MAX = 64;

    /** How long a connection may take to be made, TLS included, while no call waits for it. */
    static final Duration CONNECT = Duration.ofSeconds(1);

    /** How often a server that answers is asked whether it still does. */
    static final Duration HEARTBEAT = Duration.ofSeconds(1);

    /** First pause between two tries to reach a server that is away; doubles. */
    static final Duration RETRY_MIN = Duration.ofMillis(100);

    /** Longest of these pauses: recovery within five seconds is promised. */
    static final Duration RETRY_MAX = Duration.ofSeconds(1);

    /** How much of a server's error a message repeats. */
    static final int REASON_CHARS_MAX = 200;

    /** Redis numbers its databases from 0; no server is built with more. */
    static final int DATABASE_MAX = 1_000_000;

    private Limits() {}
}
