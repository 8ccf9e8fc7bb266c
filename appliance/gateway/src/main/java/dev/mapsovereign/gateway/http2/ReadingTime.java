package dev.mapsovereign.gateway.http2;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Interrupts the current thread when its reading takes too long, and never afterwards: Helidon's
 * body stream waits without a deadline of its own, and ends when its thread is interrupted.
 */
final class ReadingTime implements AutoCloseable {
    /**
     * Covers {@link #reading} and {@link #over}: an interrupt falls into the reading or not at all.
     */
    private final ReentrantLock lock = new ReentrantLock();

    private final Thread reader = Thread.currentThread();
    private final ScheduledFuture<?> alarm;
    private boolean reading = true;
    private boolean over;

    ReadingTime(ScheduledExecutorService clock, Duration time) {
        alarm = clock.schedule(this::expire, time.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether the time was up before the reading ended. */
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
            reading = false;
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
            if (reading) {
                over = true;
                reader.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }
}
