package dev.mapsovereign.engine.ratelimit;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.redis.Redis;
import dev.mapsovereign.redis.RedisUnavailableException;
import java.util.concurrent.atomic.LongAdder;

/**
 * Limits that several nodes share through one Redis server: the server, what holds while it is
 * away, and what was counted. Safe for use by several threads.
 */
public final class SharedLimits {
    private final Redis redis;
    private final OnBackendFailure onFailure;
    private final LongAdder leases = new LongAdder();
    private final LongAdder leasedCalls = new LongAdder();
    private final LongAdder decidedAlone = new LongAdder();

    /** Shares by that server; who made it closes it. */
    public SharedLimits(Redis redis, OnBackendFailure onFailure) {
        this.redis = redis;
        this.onFailure = onFailure;
    }

    /** The server. */
    public Redis redis() {
        return redis;
    }

    /** What holds while it is away. */
    public OnBackendFailure onFailure() {
        return onFailure;
    }

    /** Times that Redis was asked for calls and gave some. */
    public long leases() {
        return leases.sum();
    }

    /** How many calls it gave together. */
    public long leasedCalls() {
        return leasedCalls.sum();
    }

    /** Calls that were let through or refused without Redis, because it was away. */
    public long decidedAlone() {
        return decidedAlone.sum();
    }

    void leased(long calls) {
        leases.increment();
        leasedCalls.add(calls);
    }

    /**
     * Where nothing is to pass without Redis, nothing is taken either.
     *
     * @throws RefusedException {@code rate_limited}, as {@link #withoutRedis}
     */
    void requireIfRefusing() {
        if (onFailure == OnBackendFailure.REFUSE) {
            try {
                redis.requireInUse();
            } catch (RedisUnavailableException away) {
                withoutRedis(away);
            }
        }
    }

    /**
     * Returns where the node goes by what it knows itself.
     *
     * @throws RefusedException {@code rate_limited}, where that is not wanted
     */
    public void withoutRedis(RedisUnavailableException away) {
        decidedAlone.increment();
        if (onFailure == OnBackendFailure.REFUSE) {
            throw new RefusedException(
                    Refusal.of(
                                    ErrorCode.RATE_LIMITED,
                                    "whether this call is within its limit is not known: "
                                            + away.reason())
                            .withRetryAfter(Limits.REDIS_RETRY));
        }
    }
}
