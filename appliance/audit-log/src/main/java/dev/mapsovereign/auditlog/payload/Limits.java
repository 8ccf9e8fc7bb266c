package dev.mapsovereign.auditlog.payload;

import java.time.Duration;

/** Bounds of the payload store, and why. */
final class Limits {
    /** The gateway takes no larger bodies by default; what a plugin answers is smaller. */
    static final int PAYLOAD_BYTES_MAX = 16 << 20;

    /** Bodies that wait to be written: what the heap of a small node has to spare. */
    static final long QUEUE_BYTES_MAX = 32L << 20;

    /** What a waiting body costs at least, whatever its length. */
    static final int QUEUE_BYTES_EACH = 256;

    /** Old days are looked for this often; a day more or less on the disk does no harm. */
    static final Duration SWEEP_INTERVAL = Duration.ofMinutes(10);

    /** Losses are told in one record this often at most: a flood of them must not fill the log. */
    static final Duration LOSS_INTERVAL = Duration.ofMinutes(1);

    /** What waits is written at a close as long as this. */
    static final Duration CLOSE_WAIT = Duration.ofSeconds(20);

    private Limits() {}
}
