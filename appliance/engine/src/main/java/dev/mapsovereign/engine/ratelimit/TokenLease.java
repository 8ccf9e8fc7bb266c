package dev.mapsovereign.engine.ratelimit;

import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.redis.RedisUnavailableException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one shared bucket that this node may let through without asking again.
 *
 * <p>Calls are taken from the bucket when they are leased, not when they are used. So whatever the
 * nodes do, together they never let more calls through than the bucket gave out, and in any stretch
 * of time at most those that it gave out in it, plus those that were leased before and not used:
 * per node at most {@link #callsMax}, and what calls wait for at that moment. What a node leased
 * and does not use within {@link Limits#LEASE_TIME} is lost. It is not given back: between the two
 * the bucket may have become full anyway, and what is given back to a full bucket would be calls
 * too many.
 *
 * <p>One question at a time is under way for each bucket, on a thread of its own. It is asked when
 * a quarter is left, so that callers seldom wait; who finds nothing waits for it. How much is asked
 * for follows the use: as much as was used in {@link Limits#LEASE_USE}, at most twice as much as
 * the last time, and one call where calls are rare, so that then nothing is lost and nothing is
 * late.
 */
final class TokenLease {
    /** Below this, asking ahead would lease what nobody uses. */
    private static final long AHEAD_FROM = 8;

    /**
     * What a bucket says.
     *
     * @param granted how many calls it gave
     * @param waitNanos if it gave none: after how long it would give one
     * @param fullInNanos after how long it is full if nobody takes anything
     */
    record Grant(long granted, long waitNanos, long fullInNanos) {}

    /** Asks the bucket. */
    @FunctionalInterface
    interface Source {
        /** Takes up to so many calls. */
        Grant take(long wanted) throws RedisUnavailableException;
    }

    private final Rate rate;
    private final Source source;
    private final long waitNanosMax;
    private final long callsMax;

    /** Covers all fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition answered = lock.newCondition();
    private long left;
    private long granted;
    private long expiresAt;
    private long emptyUntil;
    private long fullAt;
    private boolean asking;
    private long askedAt;
    private long wantedLast = 1;
    private long usedSinceAsked;
    private int waiting;
    private long failures;
    private @Nullable RedisUnavailableException failure;

    /**
     * Nothing is leased yet.
     *
     * @param waitMax how long a call waits for an answer
     */
    TokenLease(Rate rate, Source source, Duration waitMax) {
        this.rate = rate;
        this.source = source;
        waitNanosMax = waitMax.toNanos();
        callsMax = callsMax(rate);
        long now = System.nanoTime();
        expiresAt = now;
        emptyUntil = now;
        fullAt = now;
        askedAt = now - Limits.LEASE_USE.toNanos();
    }

    /**
     * The most that one node holds of a bucket: what is refilled in a tenth of a second, at most a
     * tenth of the bucket.
     */
    static long callsMax(Rate rate) {
        long refilled = Limits.LEASE_REFILL_MAX.toNanos() / rate.costNanos();
        return Math.clamp(
                Math.min(refilled, rate.burst() / Limits.LEASE_SHARE), 1, Limits.LEASE_CALLS_MAX);
    }

    /**
     * Takes one call.
     *
     * @throws RedisUnavailableException when it could not be learnt in time whether there is one
     */
    Taken take() throws RedisUnavailableException {
        lock.lock();
        try {
            long begun = System.nanoTime();
            long failuresBefore = failures;
            long now = begun;
            while (true) {
                dropExpired(now);
                if (left > 0) {
                    left--;
                    usedSinceAsked++;
                    if (granted >= AHEAD_FROM && left <= granted / 4) {
                        ask(now);
                    }
                    return taken(now, 0);
                }
                if (emptyUntil - now > 0) {
                    return taken(now, emptyUntil - now);
                }
                if (failures != failuresBefore && failure != null) {
                    throw failure;
                }
                // Who asked first is answered or fails within that time; who joined waits no
                // longer.
                long waitUntil = begun + (asking ? 2 : 1) * waitNanosMax;
                if (now - waitUntil >= 0) {
                    throw RedisUnavailableException.here("Redis answers too slowly");
                }
                ask(now);
                waiting++;
                answered.awaitNanos(waitUntil - now);
                waiting--;
                now = System.nanoTime();
            }
        } catch (InterruptedException e) {
            waiting--;
            Thread.currentThread().interrupt();
            throw RedisUnavailableException.here("interrupted while Redis was asked");
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing would be lost if this were forgotten. */
    boolean idle() {
        lock.lock();
        try {
            long now = System.nanoTime();
            return !asking
                    && waiting == 0
                    && now - expiresAt >= 0
                    && now - emptyUntil >= 0
                    && now - fullAt >= 0;
        } finally {
            lock.unlock();
        }
    }

    private void dropExpired(long now) {
        if (left > 0 && now - expiresAt >= 0) {
            left = 0;
        }
    }

    private Taken taken(long now, long waitNanos) {
        return new Taken(waitNanos, Math.max(0, fullAt - now - left * rate.costNanos()));
    }

    private void ask(long now) {
        if (asking || emptyUntil - now > 0) {
            return;
        }
        long used = usedSinceAsked * Limits.LEASE_USE.toNanos() / Math.max(1, now - askedAt);
        long ahead = Math.min(Math.min(used, 2 * wantedLast), callsMax - left);
        long wanted = Math.max(ahead, waiting + (left > 0 ? 0L : 1L));
        if (wanted < 1) {
            return;
        }
        wantedLast = wanted;
        usedSinceAsked = 0;
        askedAt = now;
        asking = true;
        Thread.ofVirtual().name("map-lease").start(() -> fetch(wanted));
    }

    private void fetch(long wanted) {
        Grant grant = null;
        RedisUnavailableException away = null;
        long sent = System.nanoTime();
        try {
            grant = source.take(wanted);
        } catch (RedisUnavailableException e) {
            away = e;
        } finally {
            lock.lock();
            try {
                asking = false;
                if (grant != null) {
                    receive(grant, sent);
                } else {
                    failures++;
                    failure = away;
                }
                answered.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void receive(Grant grant, long sent) {
        long now = System.nanoTime();
        dropExpired(now);
        fullAt = now + grant.fullInNanos();
        if (grant.granted() > 0) {
            left += grant.granted();
            granted = left;
            expiresAt = sent + Limits.LEASE_TIME.toNanos();
        } else {
            // A bucket under siege gives single calls; a little later it gives many at once.
            long pause = Math.min(Limits.LEASE_PAUSE.toNanos(), callsMax * rate.costNanos());
            emptyUntil = now + Math.max(grant.waitNanos(), pause);
        }
    }
}
