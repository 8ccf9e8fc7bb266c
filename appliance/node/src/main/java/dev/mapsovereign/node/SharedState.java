package dev.mapsovereign.node;

import dev.mapsovereign.engine.agreement.Agreements;
import dev.mapsovereign.engine.capability.CapabilityNews;
import dev.mapsovereign.engine.capability.Grants;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.engine.news.ChangeNews;
import dev.mapsovereign.engine.policy.Policies;
import dev.mapsovereign.engine.ratelimit.OnBackendFailure;
import dev.mapsovereign.engine.ratelimit.SharedLimits;
import dev.mapsovereign.redis.Redis;
import dev.mapsovereign.redis.RedisConfig;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;

/**
 * What this node shares with others through Redis: rate limits where that is configured, and the
 * news that capabilities, agreements and policies changed. Its state shows in {@code /ready} and in
 * metrics.
 */
final class SharedState implements AutoCloseable {
    private static final String UP = "map_redis_up";
    private static final String ROUND_TRIPS = "map_redis_round_trips_total";
    private static final String ROUND_TRIP_SECONDS = "map_redis_round_trip_seconds_total";
    private static final String FAILURES = "map_redis_failures_total";
    private static final double NANOS_PER_SECOND = 1e9;

    private final Redis redis;
    private final Optional<SharedLimits> limits;
    private Optional<ChangeNews> news = Optional.empty();

    private SharedState(Redis redis, Optional<OnBackendFailure> onFailure) {
        this.redis = redis;
        this.limits = onFailure.map(policy -> new SharedLimits(redis, policy));
    }

    /**
     * Connects; a server that is away keeps no node from starting.
     *
     * @param onFailure what holds for limits while the server is away; empty: they are not shared
     */
    static SharedState open(
            RedisConfig config,
            Optional<OnBackendFailure> onFailure,
            Readiness readiness,
            MeterRegistry meters) {
        Redis redis = Redis.open(config);
        boolean needed = onFailure.equals(Optional.of(OnBackendFailure.REFUSE));
        redis.onChange(trouble ->
                trouble.ifPresentOrElse(
                        reason -> {
                            if (needed) {
                                readiness.set(Readiness.REDIS, reason);
                            } else {
                                readiness.warn(Readiness.REDIS, reason + consequence(onFailure));
                            }
                        },
                        () -> {
                            readiness.clear(Readiness.REDIS);
                            readiness.clearWarning(Readiness.REDIS);
                        }));
        Gauge.builder(UP, redis, each -> each.trouble().isEmpty() ? 1 : 0)
                .strongReference(true)
                .register(meters);
        FunctionCounter.builder(ROUND_TRIPS, redis, Redis::roundTrips).register(meters);
        FunctionCounter.builder(
                        ROUND_TRIP_SECONDS, redis, each -> each.roundTripNanos() / NANOS_PER_SECOND)
                .register(meters);
        FunctionCounter.builder(FAILURES, redis, Redis::failures).register(meters);
        return new SharedState(redis, onFailure);
    }

    private static String consequence(Optional<OnBackendFailure> onFailure) {
        return onFailure.isPresent()
                ? "; this node keeps the whole limits by itself"
                : "; other nodes' changes of capabilities, agreements and policies are noticed"
                        + " within a minute";
    }

    /** By which limits are shared. */
    Optional<SharedLimits> limits() {
        return limits;
    }

    /**
     * Tells and hears which capabilities, agreements and policies change.
     *
     * @param forgetAll drops every effective set of capabilities
     */
    void follow(Grants grants, Agreements agreements, Policies policies, Runnable forgetAll) {
        news =
                Optional.of(
                        new ChangeNews(
                                redis,
                                List.of(
                                        CapabilityNews.of(grants, forgetAll),
                                        ChangeNews.Topic.whole(
                                                "agreements",
                                                agreements::announceTo,
                                                agreements::changedElsewhere),
                                        ChangeNews.Topic.whole(
                                                "policies",
                                                policies::announceTo,
                                                policies::refresh))));
    }

    @Override
    public void close() {
        news.ifPresent(ChangeNews::close);
        redis.close();
    }
}
