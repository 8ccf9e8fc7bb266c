package dev.mapsovereign.gateway.listen;

/** Fixed numbers of this package; what an operator may turn stands in {@link EdgeLimits}. */
final class Limits {
    /** How often clocks are looked at; a slow client overstays by at most this. */
    static final long WATCH_INTERVAL_MILLIS = 100;

    /** Somewhat more than the largest body: a client that is refused may finish sending it. */
    static final long LINGER_BYTES_MAX = 16L << 20;

    /** Waiting connections in the kernel; above it clients repeat their SYN. */
    static final int BACKLOG = 1024;

    /** Pause after a failed accept (no file descriptor left): no busy loop, no death either. */
    static final long ACCEPT_PAUSE_MILLIS = 50;

    /** What a body may hold without asking the budget; nearly every call fits. */
    static final int BODY_BYTES_FREE = 64 * 1024;

    private Limits() {}
}
