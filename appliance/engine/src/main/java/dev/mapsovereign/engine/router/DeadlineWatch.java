package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.Deadline;
import java.io.Closeable;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Closes what is still open when its deadline passes. A blocking socket can bound how long it
 * reads, not how long it writes; closing it from outside ends both.
 *
 * <p>One thread looks at all guards every {@link Limits#DEADLINE_WATCH_INTERVAL}; setting a guard
 * and taking it back cost a map entry and wake nobody.
 */
final class DeadlineWatch implements AutoCloseable {
    private final Set<Guard> guards = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean closed;

    DeadlineWatch() {
        thread = Thread.ofPlatform().daemon().name("map-deadlines").start(this::run);
    }

    /** One thing under watch; closing the guard ends the watch. */
    final class Guard implements AutoCloseable {
        private final Deadline deadline;
        private final Closeable target;

        private Guard(Deadline deadline, Closeable target) {
            this.deadline = deadline;
            this.target = target;
        }

        @Override
        public void close() {
            guards.remove(this);
        }
    }

    Guard guard(Deadline deadline, Closeable target) {
        Guard guard = new Guard(deadline, target);
        guards.add(guard);
        return guard;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!closed) {
            guards.removeIf(DeadlineWatch::closedLate);
            LockSupport.parkNanos(Limits.DEADLINE_WATCH_INTERVAL.toNanos());
        }
    }

    private static boolean closedLate(Guard guard) {
        boolean late = guard.deadline.passed();
        if (late) {
            closeQuietly(guard.target);
        }
        return late;
    }

    static void closeQuietly(Closeable target) {
        try {
            target.close();
        } catch (IOException alreadyBroken) {
            // It is being thrown away; how it broke interests nobody.
        }
    }
}
