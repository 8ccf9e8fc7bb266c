package dev.mapsovereign.engine.breaker;

/**
 * The states of a circuit breaker and the ways between them: values, so that the whole behaviour
 * can be read and tested without threads or clocks. {@link Breaker} swaps them atomically.
 *
 * <pre>
 *              too many failures                 open time over, a call comes
 *   Closed ─────────────────────────▶ Open ───────────────────────────────────▶ HalfOpen
 *     ▲                                 ▲                                        │   │
 *     │                                 └──────────── a probe fails ─────────────┘   │
 *     └────────────────────────────── all probes succeed ────────────────────────────┘
 * </pre>
 *
 * <p>Each state has an epoch that grows with each change of state, so that a call which began in an
 * earlier state says nothing about the present one.
 */
sealed interface BreakerState {
    /** Grows with each change of state. */
    long epoch();

    /** Whether a call may begin now. */
    boolean admits(long nowNanos);

    /**
     * Calls pass and are judged.
     *
     * @param failures the newest outcomes as bits, a failure is 1, the newest is the lowest
     * @param count how many of the bits hold an outcome
     * @param newestNanos when the newest came
     */
    record Closed(long epoch, long failures, int count, long newestNanos) implements BreakerState {
        static Closed fresh(long epoch, long nowNanos) {
            return new Closed(epoch, 0, 0, nowNanos);
        }

        @Override
        public boolean admits(long nowNanos) {
            return true;
        }

        BreakerState after(boolean success, BreakerPolicy policy, long nowNanos) {
            boolean old = nowNanos - newestNanos > policy.windowTime().toNanos();
            long mask = policy.window() == Long.SIZE ? -1L : (1L << policy.window()) - 1;
            long bits = ((old ? 0 : failures) << 1 | (success ? 0 : 1)) & mask;
            int known = Math.min((old ? 0 : count) + 1, policy.window());
            boolean tooMany =
                    known >= policy.callsMin()
                            && Long.bitCount(bits) * 100L >= (long) policy.failurePercent() * known;
            return tooMany && !success
                    ? new Open(epoch + 1, nowNanos + policy.openTime().toNanos())
                    : new Closed(epoch, bits, known, nowNanos);
        }
    }

    /**
     * No call passes.
     *
     * @param untilNanos from when on one may
     */
    record Open(long epoch, long untilNanos) implements BreakerState {
        @Override
        public boolean admits(long nowNanos) {
            return nowNanos - untilNanos >= 0;
        }

        HalfOpen tried(BreakerPolicy policy) {
            return new HalfOpen(epoch + 1, policy.probes() - 1, 0);
        }
    }

    /**
     * A few calls pass to find out.
     *
     * @param probesLeft how many more may begin
     * @param successes how many came back well
     */
    record HalfOpen(long epoch, int probesLeft, int successes) implements BreakerState {
        @Override
        public boolean admits(long nowNanos) {
            return probesLeft > 0;
        }

        HalfOpen tried() {
            return new HalfOpen(epoch, probesLeft - 1, successes);
        }

        /** A probe came to no verdict: another may be tried. */
        HalfOpen released() {
            return new HalfOpen(epoch, probesLeft + 1, successes);
        }

        BreakerState after(boolean success, BreakerPolicy policy, long nowNanos) {
            if (!success) {
                return new Open(epoch + 1, nowNanos + policy.openTime().toNanos());
            }
            return successes + 1 >= policy.probes()
                    ? Closed.fresh(epoch + 1, nowNanos)
                    : new HalfOpen(epoch, probesLeft, successes + 1);
        }
    }
}
