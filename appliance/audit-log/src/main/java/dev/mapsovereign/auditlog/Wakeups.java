package dev.mapsovereign.auditlog;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Wakes the callers of a batch beside the committer, which meanwhile writes the next one.
 *
 * <p>The work is done by a virtual thread: from there, waking another virtual thread is a push onto
 * its own carrier's queue, several times cheaper than the way in from outside. It only ever wakes;
 * whether a caller is settled is said before in its {@link Pending}. Should all carriers be stuck
 * (in code that never gives them back), {@link #wakeAll} from any other thread does the same.
 */
final class Wakeups {
    /** So few are woken at once by whoever settled them. */
    private static final int DIRECT_MAX = 2;

    private final Queue<@Nullable Thread[]> waiting = new ConcurrentLinkedQueue<>();
    private final Thread waker = Thread.ofVirtual().name("audit-waker").unstarted(this::run);
    private volatile boolean ended;

    void start() {
        waker.start();
    }

    /** Wakes these threads soon; gaps are left out. */
    void wake(@Nullable Thread[] threads) {
        if (threads.length <= DIRECT_MAX) {
            unpark(threads);
        } else {
            waiting.add(threads);
            LockSupport.unpark(waker);
        }
    }

    /** Wakes those who still are to be woken, now. */
    void wakeAll() {
        for (var threads = waiting.poll(); threads != null; threads = waiting.poll()) {
            unpark(threads);
        }
    }

    /** Wakes the rest and ends. */
    void end() {
        ended = true;
        LockSupport.unpark(waker);
        wakeAll();
    }

    private void run() {
        while (!ended) {
            wakeAll();
            if (waiting.isEmpty() && !ended) {
                LockSupport.park(this);
            }
        }
        wakeAll();
    }

    private static void unpark(@Nullable Thread[] threads) {
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
    }
}
