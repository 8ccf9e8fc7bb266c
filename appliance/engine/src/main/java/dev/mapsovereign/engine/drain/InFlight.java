package dev.mapsovereign.engine.drain;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts the calls that are inside, and closes the door. One atomic number holds both, so that no
 * call can slip in between "closed" and "nobody inside".
 */
public final class InFlight {
    private static final long CLOSED = Long.MIN_VALUE;
    private static final long POLL_NANOS = Duration.ofMillis(5).toNanos();

    /** The count; with the highest bit set once the door is closed. */
    private final AtomicLong state = new AtomicLong();

    /** Nobody inside, the door open. */
    public InFlight() {}

    /** Lets one call in; false once the door is closed. Whoever got true calls {@link #leave}. */
    public boolean enter() {
        if (state.incrementAndGet() > 0) {
            return true;
        }
        state.decrementAndGet();
        return false;
    }

    /** One call is done. */
    public void leave() {
        state.decrementAndGet();
    }

    /** Lets nobody in any more; those inside go on. */
    public void close() {
        state.getAndUpdate(value -> value | CLOSED);
    }

    /** Whether the door is closed. */
    public boolean closed() {
        return state.get() < 0;
    }

    /** How many are inside; may count for a moment a call that is being turned away. */
    public long count() {
        return state.get() & ~CLOSED;
    }

    /**
     * Waits until nobody is inside. Polls, because the last one out must not pay for waking us.
     *
     * @return false when {@code timeout} passed first
     */
    public boolean awaitEmpty(Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        while (count() > 0) {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return true;
    }
}
