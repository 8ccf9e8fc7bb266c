package dev.mapsovereign.engine.breaker;

/**
 * The states of a circuit breaker and the ways between them: values, so that the whole behaviour
 * can be read and tested without threads or clocks. {@link Breaker} swaps them atomically.
 *
 * <pre>
 *       too many failed or slow calls           open time over, a call comes
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

    /** How a call ended: whether it failed, and whether it took too long. */
    record Ending(boolean failed, boolean slow) {
        boolean bad() {
            return failed || slow;
        }
    }

    /**
     * Calls pass and are judged.
     *
     * <p>The outcomes' age is kept in halves of the window's time: {@code inHalf} of them came in
     * the present half, the rest in the one before. When a half is over, what is older than it is
     * forgotten; so no time has to be kept for each.
     *
     * @param failures the newest outcomes as bits, a failure is 1, the newest is the lowest
     * @param slows the same outcomes, a slow call is 1
     * @param count how many of the bits hold an outcome
     * @param inHalf how many of these came in the present half
     * @param halfBeganNanos when that began
     */
    record Closed(long epoch, long failures, long slows, int count, int inHalf, long halfBeganNanos)
            implements BreakerState {
        static Closed fresh(long epoch, long nowNanos) {
            return new Closed(epoch, 0, 0, 0, 0, nowNanos);
        }

        @Override
        public boolean admits(long nowNanos) {
            return true;
        }

        BreakerState after(Ending ending, BreakerPolicy policy, long nowNanos) {
            Closed young = aged(policy, nowNanos);
            long mask = policy.window() == Long.SIZE ? -1L : (1L << policy.window()) - 1;
            long failed = (young.failures << 1 | (ending.failed() ? 1 : 0)) & mask;
            long slow = (young.slows << 1 | (ending.slow() ? 1 : 0)) & mask;
            int known = Math.min(young.count + 1, policy.window());
            boolean tooMany =
                    known >= policy.callsMin()
                            && (reaches(failed, policy.failurePercent(), known)
                                    || reaches(slow, policy.slowPercent(), known));
            return tooMany && ending.bad()
                    ? new Open(epoch + 1, nowNanos + policy.openTime().toNanos())
                    : new Closed(
                            epoch,
                            failed,
                            slow,
                            known,
                            Math.min(young.inHalf + 1, known),
                            young.halfBeganNanos);
        }

        private static boolean reaches(long bits, int percent, int known) {
            return Long.bitCount(bits) * 100L >= (long) percent * known;
        }

        /** Without what is too old by now. */
        private Closed aged(BreakerPolicy policy, long nowNanos) {
            long windowNanos = policy.windowTime().toNanos();
            long age = nowNanos - halfBeganNanos;
            if (age < windowNanos / 2) {
                return this;
            }
            if (age >= windowNanos) {
                return fresh(epoch, nowNanos);
            }
            long kept = inHalf == Long.SIZE ? -1L : (1L << inHalf) - 1;
            return new Closed(
                    epoch,
                    failures & kept,
                    slows & kept,
                    inHalf,
                    0,
                    halfBeganNanos + windowNanos / 2);
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

        BreakerState after(Ending ending, BreakerPolicy policy, long nowNanos) {
            if (ending.bad()) {
                return new Open(epoch + 1, nowNanos + policy.openTime().toNanos());
            }
            return successes + 1 >= policy.probes()
                    ? Closed.fresh(epoch + 1, nowNanos)
                    : new HalfOpen(epoch, probesLeft, successes + 1);
        }
    }
}
