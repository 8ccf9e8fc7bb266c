package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.route.RetryPolicy;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bounds how many tries a route adds to its calls: each call puts a share of a try into a bucket,
 * each further try takes a whole one out. Where everything fails, retries would else multiply the
 * load at the very moment at which it is too much (Finagle's RetryBudget, gRPC's retryThrottling).
 *
 * <p>After {@code n} calls there were at most {@code budgetBurst + n * budgetPercent / 100} further
 * tries. Safe for use by several threads, without locks.
 */
public final class RetryBudget {
    /** One try, in the bucket's units. */
    private static final long TRY = 100;

    private final long share;
    private final long most;
    private final AtomicLong bucket;
    private final LongAdder taken = new LongAdder();
    private final LongAdder refused = new LongAdder();

    /** Begins full. */
    public RetryBudget(RetryPolicy policy) {
        share = policy.budgetPercent();
        most = policy.budgetBurst() * TRY;
        bucket = new AtomicLong(most);
    }

    /** A call begins. */
    void callBegan() {
        if (bucket.get() < most) {
            bucket.updateAndGet(now -> Math.min(most, now + share));
        }
    }

    /** Takes a try out; false when there is none. */
    boolean take() {
        long now = bucket.get();
        while (now >= TRY) {
            if (bucket.compareAndSet(now, now - TRY)) {
                taken.increment();
                return true;
            }
            now = bucket.get();
        }
        refused.increment();
        return false;
    }

    /** How many further tries there were. */
    public long taken() {
        return taken.sum();
    }

    /** How many there would have been, had the budget allowed them. */
    public long refused() {
        return refused.sum();
    }
}
