package dev.mapsovereign.engine.route;

import dev.mapsovereign.config.ConfigSection;
import java.time.Duration;
import java.util.Optional;

/**
 * When a call that one endpoint failed is tried at another.
 *
 * @param triesMax how often one call is tried in all; 1 tries nothing again
 * @param tryTimeout the most that a try may take which another can follow; empty: all of the call's
 *     time
 * @param budgetPercent how many tries more than calls there may be on the long run, in percent
 * @param budgetBurst how many there may be at once after a while without any
 * @param keyed whether the endpoints keep {@code Idempotency-Key} among them, so that a call with a
 *     key may be tried again although the first try may have had its effect
 */
public record RetryPolicy(
        int triesMax,
        Optional<Duration> tryTimeout,
        int budgetPercent,
        int budgetBurst,
        boolean keyed) {
    /** One more try, a fifth more on the long run, ten at once. */
    public static final RetryPolicy DEFAULT = new RetryPolicy(2, Optional.empty(), 20, 10, false);

    private static final int TRIES_MAX = 5;

    /** Reads the table {@code retry} of an external route. */
    static RetryPolicy read(ConfigSection table, Duration callTimeout) {
        return new RetryPolicy(
                table.integer("tries_max", 1, TRIES_MAX).orElse(DEFAULT.triesMax()),
                table.duration("try_timeout", Duration.ofMillis(10), callTimeout).optional(),
                table.integer("budget_percent", 0, 100).orElse(DEFAULT.budgetPercent()),
                table.integer("budget_burst", 0, 10_000).orElse(DEFAULT.budgetBurst()),
                table.bool("keyed").orElse(DEFAULT.keyed()));
    }
}
