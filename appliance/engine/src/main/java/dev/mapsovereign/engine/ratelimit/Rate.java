package dev.mapsovereign.engine.ratelimit;

import java.time.Duration;

/**
 * How often something may happen.
 *
 * @param permits how many in {@code per}, on the long run; at least 1
 * @param per the time in which that many may happen; at most 366 days
 * @param burst how many may happen at once after a pause; at least 1
 */
public record Rate(long permits, Duration per, long burst) {
    private static final long BURST_MAX = 1L << 32;

    /** Refuses what no bucket can keep. */
    public Rate {
        if (permits < 1 || burst < 1 || burst > BURST_MAX) {
            throw new IllegalArgumentException(
                    "permits and burst are at least 1, the burst at most " + BURST_MAX);
        }
        if (per.isNegative() || per.isZero() || per.compareTo(Duration.ofDays(366)) > 0) {
            throw new IllegalArgumentException("the time is more than zero, at most 366 days");
        }
        if (per.toNanos() / permits < 1) {
            throw new IllegalArgumentException("at most one permit per nanosecond");
        }
        Math.multiplyExact(burst, per.toNanos() / permits);
    }

    /** So many a second, and at once after a pause. */
    public static Rate perSecond(long permits, long burst) {
        return new Rate(permits, Duration.ofSeconds(1), burst);
    }

    /**
     * Nanoseconds that one permit costs. Rounded down, so the true rate is at most one permit in a
     * billion nanoseconds' worth above the stated one.
     */
    long costNanos() {
        return per.toNanos() / permits;
    }

    /** Nanoseconds that a full bucket holds. */
    long capacityNanos() {
        return burst * costNanos();
    }
}
