package dev.mapsovereign.engine.trace;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Traced calls on their way to the collector, up to a number. Giving one never waits longer than
 * for the lock, which is held for some instructions. One thread takes; any give.
 */
final class TraceQueue {
    private final int callsMax;
    private final int batchMax;

    /** Covers {@link #waiting} and {@link #closed}. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private final Queue<FinishedTrace> waiting = new ArrayDeque<>();
    private boolean closed;

    TraceQueue(int callsMax, int batchMax) {
        this.callsMax = callsMax;
        this.batchMax = batchMax;
    }

    /** Takes a call in; false when there is no room, or nobody takes any more. */
    boolean offer(FinishedTrace trace) {
        lock.lock();
        try {
            if (closed || waiting.size() >= callsMax) {
                return false;
            }
            waiting.add(trace);
            if (waiting.size() == 1 || waiting.size() == batchMax) {
                changed.signal();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** How many wait. */
    int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for a call, and then a while for more; oldest first.
     *
     * @return at most a batch; none only when it is closed and empty
     */
    List<FinishedTrace> take(Duration linger) {
        lock.lock();
        try {
            while (waiting.isEmpty() && !closed) {
                changed.awaitUninterruptibly();
            }
            awaitCalls(batchMax, linger);
            List<FinishedTrace> batch = new ArrayList<>(Math.min(batchMax, waiting.size()));
            while (batch.size() < batchMax && !waiting.isEmpty()) {
                batch.add(waiting.remove());
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Waits; false when it is closed, and then at once. */
    boolean pause(Duration time) {
        lock.lock();
        try {
            awaitCalls(Integer.MAX_VALUE, time);
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until so many calls are there, it is closed, or the time is over. */
    private void awaitCalls(int calls, Duration time) {
        long nanos = time.toNanos();
        try {
            while (waiting.size() < calls && !closed && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            // Nobody interrupts this thread; whoever did wants it to end, and it ends when closed.
            closed = true;
        }
    }

    /** No more comes in; what waits can still be taken. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
