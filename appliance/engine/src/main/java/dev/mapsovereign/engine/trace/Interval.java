package dev.mapsovereign.engine.trace;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * From when to when, in nanoseconds since 1970, UTC.
 *
 * @param beganUnixNanos when it began
 * @param endedUnixNanos when it ended; not before
 */
public record Interval(long beganUnixNanos, long endedUnixNanos) {
    /** Refuses one that ends before it begins. */
    public Interval {
        if (endedUnixNanos < beganUnixNanos) {
            throw new IllegalArgumentException("an interval ends before it begins");
        }
    }

    /** When it began. */
    public Instant began() {
        return Instant.ofEpochSecond(0, beganUnixNanos);
    }

    /** How long it is, in whole microseconds. */
    public long micros() {
        return TimeUnit.NANOSECONDS.toMicros(endedUnixNanos - beganUnixNanos);
    }

    /** How long after the other's beginning this one begins, in whole microseconds. */
    long microsAfter(Interval other) {
        return TimeUnit.NANOSECONDS.toMicros(beganUnixNanos - other.beganUnixNanos);
    }
}
