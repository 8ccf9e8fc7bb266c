package dev.mapsovereign.engine.breaker;

import java.time.Duration;
import java.util.Optional;

/**
 * When an endpoint is taken out, and when it is tried again.
 *
 * @param callsMin outcomes needed before anything is judged; 1 to {@value #WINDOW_MAX}
 * @param window how many of the newest outcomes are judged; {@code callsMin} to {@value
 *     #WINDOW_MAX}
 * @param failurePercent share of failures among them that opens the circuit; 1 to 100
 * @param slowTime a call that takes longer is slow, however it ended; empty: none is
 * @param slowPercent share of slow calls among them that opens the circuit as well; 1 to 100
 * @param windowTime no outcome older than this is judged; each is for at least half of it
 * @param openTime how long nobody is let through
 * @param probes how many calls are let through at once afterwards, and must succeed
 */
public record BreakerPolicy(
        int callsMin,
        int window,
        int failurePercent,
        Optional<Duration> slowTime,
        int slowPercent,
        Duration windowTime,
        Duration openTime,
        int probes) {
    /** The outcomes are the bits of one number. */
    public static final int WINDOW_MAX = 64;

    /** Half of the newest 20 to 50 calls fail: out for 10 s, then 3 probes. */
    public static final BreakerPolicy DEFAULT =
            new BreakerPolicy(20, 50, 50, Duration.ofSeconds(30), Duration.ofSeconds(10), 3);

    /** One by which no call is slow. */
    public BreakerPolicy(
            int callsMin,
            int window,
            int failurePercent,
            Duration windowTime,
            Duration openTime,
            int probes) {
        this(callsMin, window, failurePercent, Optional.empty(), 50, windowTime, openTime, probes);
    }

    /** Refuses what makes no sense. */
    public BreakerPolicy {
        if (callsMin < 1 || window < callsMin || window > WINDOW_MAX) {
            throw new IllegalArgumentException(
                    "1 <= callsMin <= window <= " + WINDOW_MAX + " does not hold");
        }
        if (failurePercent < 1 || failurePercent > 100 || slowPercent < 1 || slowPercent > 100) {
            throw new IllegalArgumentException("failurePercent and slowPercent are 1 to 100");
        }
        if (probes < 1) {
            throw new IllegalArgumentException("at least one probe is needed");
        }
        if (!windowTime.isPositive()
                || !openTime.isPositive()
                || slowTime.filter(time -> !time.isPositive()).isPresent()) {
            throw new IllegalArgumentException("times are more than zero");
        }
    }

    /** Whether a call that took so many nanoseconds was slow. */
    public boolean slow(long nanos) {
        return slowTime.isPresent() && nanos > slowTime.get().toNanos();
    }
}
