package dev.mapsovereign.auditkafka;

import java.time.Duration;

/** Every bound of this module, and why it is what it is. */
final class Limits {
    /** Records sent before their acknowledgements are awaited and the position is synced. */
    static final int BATCH_RECORDS = 1024;

    /** How long the feed waits for records before it looks whether it shall end. */
    static final Duration IDLE = Duration.ofMillis(100);

    /** A record has at most 65,000 bytes; headers and key are small. */
    static final int REQUEST_BYTES_MAX = 1 << 20;

    /** What the client may hold; when it is full, sending waits, and only the feed with it. */
    static final long BUFFER_BYTES = 16L << 20;

    /** How long sending may wait for a broker's first answer. */
    static final Duration METADATA = Duration.ofSeconds(15);

    /** A broker that does not answer one request within this is tried anew. */
    static final Duration REQUEST = Duration.ofSeconds(10);

    /**
     * From sending to a last failure. Then the batch is sent again from its beginning by a client
     * made anew; the shorter this is, the sooner {@code trouble} says so.
     */
    static final Duration DELIVERY = Duration.ofSeconds(30);

    /** First and longest pause after a failure. */
    static final Duration RETRY_FIRST = Duration.ofMillis(200);

    static final Duration RETRY_LONGEST = Duration.ofSeconds(5);

    private Limits() {}
}
