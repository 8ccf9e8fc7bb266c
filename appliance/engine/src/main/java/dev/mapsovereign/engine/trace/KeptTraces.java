package dev.mapsovereign.engine.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;

/**
 * The newest traced calls, in a ring: each new one takes the place of the oldest. Safe for use by
 * several threads, which never wait for each other; a reader that meets writers may miss the one
 * that is being replaced.
 */
public final class KeptTraces implements TraceSink {
    private final AtomicReferenceArray<FinishedTrace> ring;
    private final AtomicLong taken = new AtomicLong();

    /** A ring of that many places; none keeps nothing. */
    public KeptTraces(int places) {
        ring = new AtomicReferenceArray<>(places);
    }

    /** How many it keeps at most. */
    public int places() {
        return ring.length();
    }

    @Override
    public void take(FinishedTrace trace) {
        if (ring.length() > 0) {
            ring.set(placeOf(taken.getAndIncrement()), trace);
        }
    }

    /** Those that are wanted, newest first, at most {@code limit} of them. */
    public List<FinishedTrace> newest(int limit, Predicate<FinishedTrace> wanted) {
        List<FinishedTrace> found = new ArrayList<>();
        long next = taken.get();
        long oldest = Math.max(0, next - ring.length());
        for (long at = next - 1; at >= oldest && found.size() < limit; at--) {
            FinishedTrace trace = ring.get(placeOf(at));
            if (trace != null && wanted.test(trace)) {
                found.add(trace);
            }
        }
        return found;
    }

    private int placeOf(long number) {
        return (int) (number % ring.length());
    }
}
