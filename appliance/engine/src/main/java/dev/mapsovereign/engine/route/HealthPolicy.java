package dev.mapsovereign.engine.route;

import dev.mapsovereign.config.ConfigSection;
import java.time.Duration;
import java.util.Optional;

/**
 * How the health of a target's endpoints is asked.
 *
 * @param path path that answers 200 while an endpoint is well; empty to ask nothing
 * @param interval time between two probes
 * @param fall failed probes in a row after which an endpoint gets no calls
 * @param rise good probes in a row after which it gets calls again
 */
public record HealthPolicy(Optional<String> path, Duration interval, int fall, int rise) {
    /** Nothing is asked. */
    public static final HealthPolicy NONE = every(Optional.empty());

    private static final int IN_A_ROW_MAX = 100;
    private static final Duration PROBE_TIME_MIN = Duration.ofSeconds(1);

    private static HealthPolicy every(Optional<String> path) {
        return new HealthPolicy(path, Duration.ofSeconds(5), 2, 2);
    }

    /** That path with the usual interval and thresholds. */
    public static HealthPolicy at(String path) {
        return every(Optional.of(path));
    }

    /** The most that one probe may take: as long as the interval, but a second at least. */
    public Duration probeTime() {
        return interval.compareTo(PROBE_TIME_MIN) > 0 ? interval : PROBE_TIME_MIN;
    }

    /** Reads {@code health_path}, {@code health_interval}, {@code health_fall, health_rise}. */
    static HealthPolicy read(ConfigSection table) {
        return new HealthPolicy(
                table.text("health_path")
                        .where(path -> path.matches("/[!-~]{0,200}"), "must begin with /")
                        .optional(),
                table.duration("health_interval", Duration.ofMillis(100), Duration.ofMinutes(10))
                        .orElse(NONE.interval()),
                table.integer("health_fall", 1, IN_A_ROW_MAX).orElse(NONE.fall()),
                table.integer("health_rise", 1, IN_A_ROW_MAX).orElse(NONE.rise()));
    }
}
