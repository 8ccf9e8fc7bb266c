package dev.mapsovereign.engine.balance;

import dev.mapsovereign.config.ConfigSection;
import java.time.Duration;

/**
 * When one endpoint among several is left out for a while because it fails and others do not.
 *
 * @param failuresInARow after so many; 0: never for that
 * @param failurePercent or when this share of the calls of one interval failed; 0: never for that
 * @param callsMin calls of an interval before its share is judged
 * @param interval how long such an interval is
 * @param ejectionTime how long an endpoint is left out at first; each time it is left out again
 *     soon, so much longer
 * @param ejectionTimeMax and never longer than this
 * @param ejectedPercentMax share of a target's endpoints that may be left out at the same time,
 *     rounded down: of a single endpoint never one
 */
public record OutlierPolicy(
        int failuresInARow,
        int failurePercent,
        int callsMin,
        Duration interval,
        Duration ejectionTime,
        Duration ejectionTimeMax,
        int ejectedPercentMax) {
    /** Five failures in a row, or half of ten calls within 10 s: out for 10 s, 20 s, … 5 m. */
    public static final OutlierPolicy DEFAULT =
            new OutlierPolicy(
                    5,
                    50,
                    10,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(5),
                    50);

    private static final Duration LEAST = Duration.ofMillis(100);
    private static final Duration MOST = Duration.ofHours(1);

    /** Reads the table {@code outlier} of an external route. */
    public static OutlierPolicy read(ConfigSection table) {
        Duration first =
                table.duration("ejection_time", LEAST, MOST).orElse(DEFAULT.ejectionTime());
        Duration most =
                table.duration("ejection_time_max", LEAST, MOST)
                        .orElse(max(first, DEFAULT.ejectionTimeMax()));
        if (most.compareTo(first) < 0) {
            table.problem("ejection_time_max", "must be at least ejection_time");
        }
        return new OutlierPolicy(
                table.integer("failures_in_a_row", 0, 1_000).orElse(DEFAULT.failuresInARow()),
                table.integer("failure_percent", 0, 100).orElse(DEFAULT.failurePercent()),
                table.integer("calls_min", 1, 100_000).orElse(DEFAULT.callsMin()),
                table.duration("interval", LEAST, MOST).orElse(DEFAULT.interval()),
                first,
                most,
                table.integer("ejected_percent_max", 0, 100).orElse(DEFAULT.ejectedPercentMax()));
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
