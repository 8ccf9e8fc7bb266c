package dev.mapsovereign.gateway.listen;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.gateway.http.RequestException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory request bodies under way may hold together. Without it a thousand connections
 * with a large body each hold more than the heap; with it the excess is told to come again.
 *
 * <p>Lock-free; any thread.
 */
public final class BodyBudget {
    private final AtomicLong used = new AtomicLong();
    private final long max;

    /** A budget of so many bytes. */
    public BodyBudget(long max) {
        this.max = max;
    }

    /** What one body has taken; give it back with {@link #close}. One thread. */
    public final class Share implements AutoCloseable {
        private long taken;

        private Share() {}

        /**
         * Takes more.
         *
         * @throws RequestException {@code rate_limited} when the budget is spent
         */
        void take(long bytes) throws RequestException {
            if (used.addAndGet(bytes) > max) {
                used.addAndGet(-bytes);
                throw new RequestException(
                        ErrorCode.RATE_LIMITED,
                        "too many large requests are under way, try again shortly");
            }
            taken += bytes;
        }

        @Override
        public void close() {
            used.addAndGet(-taken);
            taken = 0;
        }
    }

    /** A share that has taken nothing yet. */
    public Share share() {
        return new Share();
    }

    /** Bytes taken now. */
    public long used() {
        return used.get();
    }
}
