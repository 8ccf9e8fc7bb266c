package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.Place;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Where the newest durable batch ends; one thread moves it on, any may wait for that. */
final class DurableMark {
    /** Covers {@link #wakes} and orders waiting with {@link #place}. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition moved = lock.newCondition();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile Place place;
    private long wakes;

    DurableMark(Place place) {
        this.place = place;
    }

    Place place() {
        return place;
    }

    void advance(Place to) {
        place = to;
        // Nobody waits on a busy log; then this costs one volatile read.
        if (waiting.get() > 0) {
            wake();
        }
    }

    /** Wakes all who wait though nothing has moved, so that they look around. */
    void wake() {
        lock.lock();
        try {
            wakes++;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the mark lies behind {@code from}.
     *
     * @return false if the time ran out or {@link #wake} was called first
     */
    boolean awaitBeyond(Place from, Duration atMost) throws InterruptedException {
        if (place.compareTo(from) > 0) {
            return true;
        }
        lock.lock();
        waiting.incrementAndGet();
        try {
            long seen = wakes;
            long left = atMost.toNanos();
            while (place.compareTo(from) <= 0 && wakes == seen && left > 0) {
                left = moved.awaitNanos(left);
            }
        } finally {
            waiting.decrementAndGet();
            lock.unlock();
        }
        return place.compareTo(from) > 0;
    }
}
