package dev.mapsovereign.engine.ratelimit;

import java.time.Duration;

/**
 * What is left of a rate, for the caller to see.
 *
 * @param limit how many calls may be made at once after a pause
 * @param remaining how many of them are left now
 * @param reset until all of them are left again, if nobody calls
 */
public record RateState(long limit, long remaining, Duration reset) {
    static RateState of(Rate rate, long fullInNanos) {
        long left = (rate.capacityNanos() - fullInNanos) / rate.costNanos();
        return new RateState(rate.burst(), Math.max(0, left), Duration.ofNanos(fullInNanos));
    }
}
