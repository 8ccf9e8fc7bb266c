package dev.mapsovereign.engine.breaker;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/** The circuit breaker of one endpoint; safe for use by several threads, without locks. */
public final class Breaker {
    /** The name of the state in which every call passes. */
    public static final String CLOSED = "closed";

    private final BreakerPolicy policy;
    private final LongSupplier nanoTime;
    private final AtomicReference<BreakerState> state;

    /** Closed; {@code nanoTime} is a monotonic clock. */
    public Breaker(BreakerPolicy policy, LongSupplier nanoTime) {
        this.policy = policy;
        this.nanoTime = nanoTime;
        state = new AtomicReference<>(BreakerState.Closed.fresh(0, nanoTime.getAsLong()));
    }

    /** Whether a call would be let through now; takes nothing. */
    public boolean admits() {
        return state.get().admits(nanoTime.getAsLong());
    }

    /** Nanoseconds until a call may be let through; empty when one is now or a probe decides. */
    public OptionalLong waitNanos() {
        return state.get() instanceof BreakerState.Open open
                ? OptionalLong.of(Math.max(0, open.untilNanos() - nanoTime.getAsLong()))
                : OptionalLong.empty();
    }

    /** {@code closed}, {@code open} or {@code half_open}, for people and metrics. */
    public String stateName() {
        return switch (state.get()) {
            case BreakerState.Closed closed -> CLOSED;
            case BreakerState.Open open -> "open";
            case BreakerState.HalfOpen halfOpen -> "half_open";
        };
    }

    /** Lets one call through, or nobody: whoever gets a permit says how the call ended. */
    public Optional<Permit> tryAcquire() {
        while (true) {
            BreakerState now = state.get();
            if (!now.admits(nanoTime.getAsLong())) {
                return Optional.empty();
            }
            BreakerState next =
                    switch (now) {
                        case BreakerState.Closed closed -> closed;
                        case BreakerState.Open open -> open.tried(policy);
                        case BreakerState.HalfOpen halfOpen -> halfOpen.tried();
                    };
            if (state.compareAndSet(now, next)) {
                return Optional.of(new Permit(next.epoch()));
            }
        }
    }

    /** One call's leave to pass; used by one thread, ended once. */
    public final class Permit {
        private final long epoch;
        private boolean ended;

        private Permit(long epoch) {
            this.epoch = epoch;
        }

        /** The endpoint answered after so many nanoseconds, be it with a refusal. */
        public void succeeded(long nanos) {
            end(new BreakerState.Ending(false, policy.slow(nanos)));
        }

        /** The endpoint did not answer, too late, or said that it cannot. */
        public void failed(long nanos) {
            end(new BreakerState.Ending(true, policy.slow(nanos)));
        }

        /** The call never reached the endpoint; after another end this changes nothing. */
        public void release() {
            if (!ended) {
                ended = true;
                state.updateAndGet(this::without);
            }
        }

        private void end(BreakerState.Ending ending) {
            if (!ended) {
                ended = true;
                state.updateAndGet(now -> after(now, ending));
            }
        }

        private BreakerState without(BreakerState now) {
            return now instanceof BreakerState.HalfOpen halfOpen && halfOpen.epoch() == epoch
                    ? halfOpen.released()
                    : now;
        }

        private BreakerState after(BreakerState now, BreakerState.Ending ending) {
            if (now.epoch() != epoch) {
                return now;
            }
            long time = nanoTime.getAsLong();
            return switch (now) {
                case BreakerState.Closed closed -> closed.after(ending, policy, time);
                case BreakerState.HalfOpen halfOpen -> halfOpen.after(ending, policy, time);
                // Nobody holds a permit of an open state's epoch.
                case BreakerState.Open open -> open;
            };
        }
    }
}
