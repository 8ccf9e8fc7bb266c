package dev.mapsovereign.gateway.listen;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks at the clocks of all open connections, ten times a second.
 *
 * <p>One thread that walks ten thousand connections costs less than ten thousand timers that nearly
 * always are cancelled. It is a platform thread: when every carrier of virtual threads is busy, the
 * clocks still run.
 */
final class DeadlineWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DeadlineWatch.class.getName());

    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean open = true;

    DeadlineWatch(String name) {
        thread = Thread.ofPlatform().name(name + "-watch").daemon().start(this::run);
    }

    void add(Connection connection) {
        connections.add(connection);
    }

    void remove(Connection connection) {
        connections.remove(connection);
    }

    /** The connections that are open now; a live view. */
    Set<Connection> connections() {
        return connections;
    }

    @Override
    public void close() {
        open = false;
        thread.interrupt();
    }

    private void run() {
        while (open) {
            long now = System.nanoTime();
            for (Connection connection : connections) {
                try {
                    connection.check(now);
                } catch (RuntimeException e) {
                    LOG.log(System.Logger.Level.ERROR, "cannot check a connection's deadline", e);
                }
            }
            try {
                Thread.sleep(Limits.WATCH_INTERVAL_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
