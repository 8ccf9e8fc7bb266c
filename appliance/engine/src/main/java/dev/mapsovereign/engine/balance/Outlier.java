package dev.mapsovereign.engine.balance;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What is counted of one endpoint's calls to tell whether it is an outlier, and whether it is left
 * out. Whether it may be is decided by {@link EndpointPool}, which knows the others.
 *
 * <p>Safe for use by several threads; {@link #eject} under the pool's lock.
 */
final class Outlier {
    /** Calls of one interval. */
    private record Interval(long beganNanos, int calls, int failures) {}

    /** The newest ejection, also when it is over: how many came close together, and until when. */
    private record Ejection(long untilNanos, int times) {}

    private final OutlierPolicy policy;
    private final AtomicInteger inARow = new AtomicInteger();
    private final AtomicReference<Interval> interval;
    private volatile @Nullable Ejection newest;

    Outlier(OutlierPolicy policy, long nowNanos) {
        this.policy = policy;
        interval = new AtomicReference<>(new Interval(nowNanos, 0, 0));
    }

    boolean ejected(long nowNanos) {
        Ejection ejection = newest;
        return ejection != null && ejection.untilNanos - nowNanos > 0;
    }

    void succeeded(long nowNanos) {
        if (inARow.get() != 0) {
            inARow.set(0);
        }
        count(false, nowNanos);
    }

    /** Counts a failure; why the endpoint ought to be left out now, if it ought to be. */
    Optional<String> failed(long nowNanos) {
        int row = inARow.incrementAndGet();
        Interval now = count(true, nowNanos);
        if (policy.failuresInARow() > 0 && row >= policy.failuresInARow()) {
            return Optional.of(row + " calls failed in a row");
        }
        if (policy.failurePercent() > 0
                && now.calls >= policy.callsMin()
                && now.failures * 100L >= (long) policy.failurePercent() * now.calls) {
            return Optional.of(now.failures + " of " + now.calls + " calls failed");
        }
        return Optional.empty();
    }

    private Interval count(boolean failure, long nowNanos) {
        return interval.updateAndGet(now -> {
            boolean over = nowNanos - now.beganNanos >= policy.interval().toNanos();
            Interval present = over ? new Interval(nowNanos, 0, 0) : now;
            return new Interval(
                    present.beganNanos, present.calls + 1, present.failures + (failure ? 1 : 0));
        });
    }

    /**
     * Leaves the endpoint out from now on. Each time of good conduct as long as the first ejection
     * takes one from the count by which the next one grows.
     *
     * @return for how long
     */
    Duration eject(long nowNanos) {
        Ejection before = newest;
        long step = policy.ejectionTime().toNanos();
        long times = 1;
        if (before != null) {
            long forgiven = Math.max(0, nowNanos - before.untilNanos) / step;
            times = Math.max(0, before.times - forgiven) + 1;
        }
        // No more times than reach the bound: the product stays small.
        long most = policy.ejectionTimeMax().toNanos();
        times = Math.min(times, most / step + 1);
        long length = Math.min(most, times * step);
        newest = new Ejection(nowNanos + length, (int) times);
        inARow.set(0);
        interval.set(new Interval(nowNanos + length, 0, 0));
        return Duration.ofNanos(length);
    }

    /** Takes it back before its time. */
    void readmit(long nowNanos) {
        Ejection ejection = newest;
        if (ejection != null && ejection.untilNanos - nowNanos > 0) {
            newest = new Ejection(nowNanos, ejection.times);
        }
    }
}
