package dev.mapsovereign.engine.breaker;

import java.time.Duration;

/**
 * When an endpoint is taken out, and when it is tried again.
 *
 * @param callsMin outcomes needed before anything is judged; 1 to {@value #WINDOW_MAX}
 * @param window how many of the newest outcomes are judged; {@code callsMin} to {@value
 *     #WINDOW_MAX}
 * @param failurePercent share of failures among them that opens the circuit; 1 to 100
 * @param windowTime after a pause longer than this all earlier outcomes are forgotten
 * @param openTime how long nobody is let through
 * @param probes how many calls are let through at once afterwards, and must succeed
 */
public record BreakerPolicy(
        int callsMin,
        int window,
        int failurePercent,
        Duration windowTime,
        Duration openTime,
        int probes) {
    /** The outcomes are the bits of one number. */
    public static final int WINDOW_MAX = 64;

    /** Half of the newest 20 to 50 calls fail: out for 10 s, then 3 probes. */
    public static final BreakerPolicy DEFAULT =
            new BreakerPolicy(20, 50, 50, Duration.ofSeconds(30), Duration.ofSeconds(10), 3);

    /** Refuses what makes no sense. */
    public BreakerPolicy {
        if (callsMin < 1 || window < callsMin || window > WINDOW_MAX) {
            throw new IllegalArgumentException(
                    "1 <= callsMin <= window <= " + WINDOW_MAX + " does not hold");
        }
        if (failurePercent < 1 || failurePercent > 100 || probes < 1) {
            throw new IllegalArgumentException("failurePercent is 1 to 100, probes at least 1");
        }
        if (!windowTime.isPositive() || !openTime.isPositive()) {
            throw new IllegalArgumentException("times are more than zero");
        }
    }
}
