package dev.mapsovereign.engine.ratelimit;

import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.redis.RedisScript;
import dev.mapsovereign.redis.RedisUnavailableException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * Token buckets in Redis, from which each node leases calls; docs/internals/rate-limits.md has the
 * whole. Safe for use by several threads.
 *
 * @param <K> what is limited; a value type with equals and hashCode
 */
final class SharedBuckets<K> {
    /**
     * A bucket is one number, as in {@link MemoryTokenBuckets}: the microsecond, by the server's
     * clock, at which it is full again. It is rounded up, so what is lost by rounding is never
     * given out. A clock that was set back must not shut a bucket for years, hence the second
     * bound. Lua's own text of a number has 14 digits, and microseconds since 1970 have 16.
     */
    static final RedisScript TAKE =
            new RedisScript(
                    """
                    local cost, capacity, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
                    local time = redis.call('TIME')
                    local now = time[1] * 1000000 + time[2]
                    local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0) or 0)
                    full = math.min(full, now + math.ceil(capacity))
                    local granted = math.min(wanted, math.floor((capacity - (full - now)) / cost + 0.000001))
                    if granted < 1 then
                      return {0, math.ceil(full - now + cost - capacity), full - now}
                    end
                    full = math.ceil(full + granted * cost)
                    redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
                    return {granted, 0, full - now}
                    """);

    private static final long NANOS_PER_MICRO = 1_000;
    private static final long SWEEP_EVERY_NANOS = 1_000_000_000L;

    private final SharedLimits shared;
    private final Function<K, String> name;
    private final ConcurrentMap<K, TokenLease> leases = new ConcurrentHashMap<>();
    private final AtomicLong sweepAllowedAt = new AtomicLong(System.nanoTime());

    /**
     * Nothing is leased yet.
     *
     * @param name the key in Redis; different for different things
     */
    SharedBuckets(SharedLimits shared, Function<K, String> name) {
        this.shared = shared;
        this.name = name;
    }

    /**
     * Takes one call.
     *
     * @throws RedisUnavailableException when Redis is away, or did not answer in time
     */
    Taken take(K key, Rate rate) throws RedisUnavailableException {
        shared.redis().requireInUse();
        TokenLease lease = leases.get(key);
        if (lease == null) {
            if (leases.size() >= Limits.CALL_BUCKETS_MAX && !sweep()) {
                return new Taken(SWEEP_EVERY_NANOS, 0);
            }
            lease =
                    leases.computeIfAbsent(
                            key,
                            absent ->
                                    new TokenLease(
                                            rate,
                                            wanted -> ask(name.apply(absent), rate, wanted),
                                            shared.redis().timeout()));
        }
        return lease.take();
    }

    private TokenLease.Grant ask(String key, Rate rate, long wanted)
            throws RedisUnavailableException {
        List<Long> answer =
                shared.redis()
                        .run(
                                TAKE,
                                List.of(key),
                                List.of(
                                        micros(rate.costNanos()),
                                        micros(rate.capacityNanos()),
                                        Long.toString(wanted)));
        long granted = answer.get(0);
        if (granted > 0) {
            shared.leased(granted);
        }
        return new TokenLease.Grant(
                granted, answer.get(1) * NANOS_PER_MICRO, answer.get(2) * NANOS_PER_MICRO);
    }

    private static String micros(long nanos) {
        return String.format(
                Locale.ROOT, "%d.%03d", nanos / NANOS_PER_MICRO, nanos % NANOS_PER_MICRO);
    }

    /** Forgets what is idle, at most once a second; says whether there is room now. */
    private boolean sweep() {
        long now = System.nanoTime();
        long allowed = sweepAllowedAt.get();
        if (now - allowed < 0 || !sweepAllowedAt.compareAndSet(allowed, now + SWEEP_EVERY_NANOS)) {
            return false;
        }
        leases.values().removeIf(TokenLease::idle);
        return leases.size() < Limits.CALL_BUCKETS_MAX;
    }
}
