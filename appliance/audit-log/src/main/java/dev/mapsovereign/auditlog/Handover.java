package dev.mapsovereign.auditlog;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The bounded queue between callers and the committer: callers push onto a stack with one
 * compare-and-set, and whoever makes the next batch takes the whole stack with one exchange and
 * turns it around. The order is that of the pushes.
 */
final class Handover {
    private final AtomicReference<@Nullable Pending> newest = new AtomicReference<>();

    /** Bytes handed over and not yet settled. */
    private final AtomicLong bytes = new AtomicLong();

    private volatile boolean sleeping;
    private volatile @Nullable Thread committer;

    /** Names the thread that takes. */
    void takenBy(Thread thread) {
        committer = thread;
    }

    /** Hands over; false if too much waits already. What is owed is always taken. */
    boolean offer(Pending pending) {
        if (count(pending) > Limits.QUEUE_BYTES_MAX && !pending.isOwed()) {
            settled(pending);
            return false;
        }
        Pending top = newest.get();
        while (true) {
            pending.next = top;
            Pending witness = newest.compareAndExchange(top, pending);
            if (witness == top) {
                break;
            }
            top = witness;
        }
        if (sleeping) {
            wake();
        }
        return true;
    }

    /** Everything handed over so far, oldest first, linked by {@link Pending#next}. */
    @Nullable Pending takeAll() {
        Pending stack = newest.get() == null ? null : newest.getAndSet(null);
        Pending oldestFirst = null;
        while (stack != null) {
            Pending older = stack.next;
            stack.next = oldestFirst;
            oldestFirst = stack;
            stack = older;
        }
        return oldestFirst;
    }

    /** Whether something was handed over and not taken yet. */
    boolean holdsAny() {
        return newest.get() != null;
    }

    /** Whether something is on its way, taken or not. */
    boolean isBusy() {
        return bytes.get() > 0;
    }

    /** One more is on its way; how many bytes are. */
    long count(Pending pending) {
        return bytes.addAndGet(cost(pending));
    }

    /** One is settled. */
    void settled(Pending pending) {
        bytes.addAndGet(-cost(pending));
    }

    /** All of these are settled. */
    void settled(List<Pending> pendings) {
        long sum = 0;
        for (Pending pending : pendings) {
            sum += cost(pending);
        }
        bytes.addAndGet(-sum);
    }

    /**
     * The committer sleeps until something is handed over, somebody wakes it, or the time is up.
     */
    void sleep(long nanos) {
        sleeping = true;
        // Looked at after the flag was set: whoever pushes from now on sees the flag and wakes.
        if (newest.get() == null) {
            LockSupport.parkNanos(this, nanos);
        }
        sleeping = false;
    }

    /** Wakes the committer. */
    void wake() {
        LockSupport.unpark(committer);
    }

    private static int cost(Pending pending) {
        return Math.max(Limits.QUEUE_BYTES_EACH, pending.bytesMax());
    }
}
