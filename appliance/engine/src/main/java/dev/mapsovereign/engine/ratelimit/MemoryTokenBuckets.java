package dev.mapsovereign.engine.ratelimit;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Token buckets in memory, one for each key, bounded in number.
 *
 * <p>A bucket is one number: the moment at which it will be full again if nobody takes anything
 * (the "theoretical arrival time" of the cell rate algorithm of ITU-T I.371). A bucket that holds
 * {@code capacity} nanoseconds' worth of permits at time {@code t} has
 *
 * <pre>    level(t) = capacity − max(0, full − t)</pre>
 *
 * so taking one permit of cost {@code c} means moving {@code full} to {@code max(full, t) + c}, and
 * it is allowed while that lies at most {@code capacity} ahead of {@code t}. One compare-and-set
 * replaces the usual pair of level and time, nothing has to be refilled by anybody, and a bucket
 * whose {@code full} lies in the past is exactly as good as no bucket at all: that is what may be
 * forgotten when there are too many.
 *
 * <p>When there are too many and none may be forgotten, new keys are refused rather than old ones
 * forgotten: an attacker with many addresses must not be able to empty everybody's history.
 *
 * @param <K> what is limited; a value type with equals and hashCode
 */
public final class MemoryTokenBuckets<K> {
    private static final long SWEEP_EVERY_NANOS = 1_000_000_000L;

    /** What a new key waits when there is no room for it. */
    private static final long NO_ROOM_WAIT_NANOS = SWEEP_EVERY_NANOS;

    /** For each key: {@link System#nanoTime()} at which its bucket is full again. */
    private final ConcurrentMap<K, AtomicLong> fullAt = new ConcurrentHashMap<>();

    private final int keysMax;
    private final AtomicLong sweepAllowedAt;

    /**
     * No buckets yet.
     *
     * @param keysMax how many there may be
     * @param nowNanos the time of the clock that all calls will use
     */
    public MemoryTokenBuckets(int keysMax, long nowNanos) {
        this.keysMax = keysMax;
        sweepAllowedAt = new AtomicLong(nowNanos);
    }

    /**
     * Takes one permit.
     *
     * @param nowNanos a monotonic time
     * @return 0 when it was taken; otherwise nothing was, and this is after how many nanoseconds
     *     one would be there
     */
    public long take(K key, Rate rate, long nowNanos) {
        AtomicLong bucket = fullAt.get(key);
        if (bucket == null) {
            if (fullAt.size() >= keysMax && !sweep(nowNanos)) {
                return NO_ROOM_WAIT_NANOS;
            }
            AtomicLong fresh = new AtomicLong(nowNanos);
            AtomicLong other = fullAt.putIfAbsent(key, fresh);
            bucket = other == null ? fresh : other;
        }
        return take(bucket, rate, nowNanos);
    }

    private static long take(AtomicLong bucket, Rate rate, long nowNanos) {
        while (true) {
            long full = bucket.get();
            // Differences, not values: a monotonic clock may start anywhere and wrap.
            long ahead = Math.max(0, full - nowNanos);
            long wait = ahead + rate.costNanos() - rate.capacityNanos();
            if (wait > 0) {
                return wait;
            }
            if (bucket.compareAndSet(full, nowNanos + ahead + rate.costNanos())) {
                return 0;
            }
        }
    }

    /** After how many nanoseconds that bucket is full if nobody takes anything; 0 when it is. */
    public long fullIn(K key, long nowNanos) {
        AtomicLong bucket = fullAt.get(key);
        return bucket == null ? 0 : Math.max(0, bucket.get() - nowNanos);
    }

    /** How many buckets there are. */
    public int size() {
        return fullAt.size();
    }

    /** Forgets full buckets, at most once a second; says whether there is room now. */
    private boolean sweep(long nowNanos) {
        long allowed = sweepAllowedAt.get();
        if (nowNanos - allowed < 0
                || !sweepAllowedAt.compareAndSet(allowed, nowNanos + SWEEP_EVERY_NANOS)) {
            return false;
        }
        // A taker that holds a forgotten bucket takes from one nobody sees: one permit too many,
        // once, for a key that was idle. Not worth a lock.
        fullAt.values().removeIf(full -> full.get() - nowNanos <= 0);
        return fullAt.size() < keysMax;
    }
}
