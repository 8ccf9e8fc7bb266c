package dev.mapsovereign.gateway.http2;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Interrupts the current thread when its reading or writing takes too long, and never afterwards:
 * Helidon's body stream waits without a deadline of its own, its writer for as long as a client
 * grants a byte now and then, and both end when their thread is interrupted.
 */
final class StreamTime implements AutoCloseable {
    /**
     * Covers {@link #working} and {@link #over}: an interrupt falls into the work or not at all.
     */
    private final ReentrantLock lock = new ReentrantLock();

    private final Thread worker = Thread.currentThread();
    private final ScheduledFuture<?> alarm;
    private boolean working = true;
    private boolean over;

    StreamTime(ScheduledExecutorService clock, Duration time) {
        alarm = clock.schedule(this::expire, time.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether the time was up before the work ended. */
    boolean over() {
        lock.lock();
        try {
            return over;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            working = false;
        } finally {
            lock.unlock();
        }
        alarm.cancel(false);
        if (over) {
            // What comes next writes to a channel, and an interrupt would close it.
            boolean _ = Thread.interrupted();
        }
    }

    private void expire() {
        lock.lock();
        try {
            if (working) {
                over = true;
                worker.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }
}
