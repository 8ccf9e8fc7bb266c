package dev.mapsovereign.engine.ratelimit;

import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.redis.RedisUnavailableException;
import java.util.Optional;
import java.util.function.Function;

/**
 * The buckets of stage 3: this node's own, and behind them those that nodes share.
 *
 * <p>A call must pass both. One node alone never holds more than the whole limit, so its own bucket
 * refuses nothing that the shared one would give, and it is what the node goes by at once when
 * Redis is away or has lost its data: nobody gets a second full bucket from that.
 *
 * @param <K> what is limited
 */
final class CallBuckets<K> {
    private final MemoryTokenBuckets<K> own =
            new MemoryTokenBuckets<>(Limits.CALL_BUCKETS_MAX, System.nanoTime());
    private final Optional<SharedLimits> limits;
    private final Optional<SharedBuckets<K>> shared;

    /**
     * No calls were taken yet.
     *
     * @param name the key in Redis
     */
    CallBuckets(Optional<SharedLimits> limits, Function<K, String> name) {
        this.limits = limits;
        this.shared = limits.map(each -> new SharedBuckets<>(each, name));
    }

    /**
     * Takes one call.
     *
     * @throws dev.mapsovereign.engine.request.RefusedException {@code rate_limited} when Redis is
     *     away and that is to be refused
     */
    Taken take(K key, Rate rate) {
        limits.ifPresent(SharedLimits::requireIfRefusing);
        long now = System.nanoTime();
        long wait = own.take(key, rate, now);
        Taken here = new Taken(wait, own.fullIn(key, now));
        if (wait > 0 || shared.isEmpty()) {
            return here;
        }
        try {
            Taken there = shared.get().take(key, rate);
            return new Taken(there.waitNanos(), Math.max(here.fullInNanos(), there.fullInNanos()));
        } catch (RedisUnavailableException away) {
            limits.orElseThrow().withoutRedis(away);
            return here;
        }
    }
}
