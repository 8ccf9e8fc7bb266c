package dev.mapsovereign.engine.context;

import java.time.Duration;

/**
 * The times of DidAuth.
 *
 * @param clockSkew how far a request's {@code created} may lie from this node's time
 * @param sessionTime how long a session lasts; at most 5 minutes
 * @param challengeTime how long a challenge may stay unanswered
 * @param scheme of the origin that challenges name: {@code https}, or {@code http} where a
 *     development node listens on loopback without TLS
 */
public record DidAuthConfig(
        Duration clockSkew, Duration sessionTime, Duration challengeTime, String scheme) {
    /** The longest a session may last. */
    public static final Duration SESSION_TIME_MAX = Duration.ofMinutes(5);

    /** 60 s of skew, sessions of 5 minutes, challenges of 30 s, TLS. */
    public static final DidAuthConfig DEFAULT =
            new DidAuthConfig(
                    Duration.ofSeconds(60), SESSION_TIME_MAX, Duration.ofSeconds(30), "https");

    /** Refuses times that make no sense. */
    public DidAuthConfig {
        if (!clockSkew.isPositive()
                || !challengeTime.isPositive()
                || !sessionTime.isPositive()
                || sessionTime.compareTo(SESSION_TIME_MAX) > 0) {
            throw new IllegalArgumentException(
                    "times are more than zero, a session lasts at most " + SESSION_TIME_MAX);
        }
    }
}
