package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.Deadline;
import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Closes a socket when the deadline of what it is used for passes. A blocking socket can bound how
 * long it reads, not how long it writes; closing it from outside ends both. And a bound on each
 * read costs a virtual thread a timer each time, which is a tenth of a forwarded call.
 *
 * <p>One thread looks at all open sockets every {@link Limits#DEADLINE_WATCH_INTERVAL}; setting a
 * deadline and taking it back is one write to memory each and wakes nobody.
 */
final class DeadlineWatch implements AutoCloseable {
    private final Set<Guard> guards = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean closed;

    DeadlineWatch() {
        thread = Thread.ofPlatform().daemon().name("map-deadlines").start(this::run);
    }

    /** One socket under watch, from its making to its end. */
    final class Guard implements Closeable {
        private final Socket socket;

        /** What the socket is used for now; absent between two uses, and once it was too late. */
        private final AtomicReference<@Nullable Deadline> use = new AtomicReference<>();

        private Guard(Socket socket) {
            this.socket = socket;
        }

        /** A use begins: at that deadline the socket is closed. */
        void begin(Deadline deadline) {
            use.set(deadline);
        }

        /** The use that began with that deadline is over; whether the socket is still open. */
        boolean end(Deadline deadline) {
            return use.compareAndSet(deadline, null);
        }

        private void closeIfLate() {
            Deadline deadline = use.get();
            if (deadline != null && deadline.passed() && use.compareAndSet(deadline, null)) {
                closeQuietly(socket);
            }
        }

        @Override
        public void close() {
            guards.remove(this);
            closeQuietly(socket);
        }
    }

    Guard guard(Socket socket) {
        Guard guard = new Guard(socket);
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
            guards.forEach(Guard::closeIfLate);
            LockSupport.parkNanos(Limits.DEADLINE_WATCH_INTERVAL.toNanos());
        }
    }

    static void closeQuietly(Closeable target) {
        try {
            target.close();
        } catch (IOException alreadyBroken) {
            // It is being thrown away; how it broke interests nobody.
        }
    }
}
