package dev.mapsovereign.engine.context;

import dev.mapsovereign.engine.Limits;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The nonces that one session has used, for as long as the requests that carried them could still
 * be accepted.
 *
 * <p>A request with time {@code created} is accepted from {@code created − skew} to {@code created
 * + skew}, so a nonce must be remembered for twice the skew. Two sets take turns: new nonces go to
 * the young one; once that is twice the skew old, it becomes the old one and the old one is
 * forgotten. Each nonce is thereby remembered between two and four times the skew, by the monotonic
 * clock, and nothing is ever searched for what may go.
 */
final class NonceWindow {
    private final long turnNanos;

    /** Guards turning; readers may see either pair. */
    private final ReentrantLock turning = new ReentrantLock();

    private volatile Generations generations;

    private record Generations(Set<String> young, Set<String> old, long number, long sinceNanos) {
        static Generations after(Generations before) {
            return new Generations(
                    ConcurrentHashMap.newKeySet(),
                    before.young(),
                    before.number() + 1,
                    System.nanoTime());
        }
    }

    /** What came of using a nonce. */
    enum Use {
        /** It is used up from now on. */
        FRESH,
        /** It was used before. */
        SEEN,
        /** So many are remembered that none fits. */
        FULL
    }

    NonceWindow(Duration skew) {
        turnNanos = 2 * skew.toNanos();
        generations =
                new Generations(
                        ConcurrentHashMap.newKeySet(),
                        ConcurrentHashMap.newKeySet(),
                        0,
                        System.nanoTime());
    }

    /**
     * Uses a nonce. Everybody adds first and looks afterwards, so that of two who use the same
     * nonce while the sets turn at least one sees the other.
     */
    Use use(String nonce) {
        turnIfDue();
        Generations then = generations;
        if (then.young().size() >= Limits.NONCES_PER_SESSION_MAX) {
            return Use.FULL;
        }
        if (!then.young().add(nonce) || then.old().contains(nonce)) {
            return Use.SEEN;
        }
        Generations now = generations;
        if (now.number() == then.number()) {
            return Use.FRESH;
        }
        if (now.number() == then.number() + 1) {
            // Our set has become the old one and is remembered long enough all the same.
            return now.young().contains(nonce) ? Use.SEEN : Use.FRESH;
        }
        return use(nonce);
    }

    private void turnIfDue() {
        if (System.nanoTime() - generations.sinceNanos() < turnNanos || !turning.tryLock()) {
            return;
        }
        try {
            Generations now = generations;
            if (System.nanoTime() - now.sinceNanos() >= turnNanos) {
                generations = Generations.after(now);
            }
        } finally {
            turning.unlock();
        }
    }
}
