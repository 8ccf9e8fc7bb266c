package dev.mapsovereign.node;

import java.util.ArrayDeque;
import java.util.Deque;

/** What was started, in order; it stops in reverse. Used by one thread at a time. */
final class StartedParts implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StartedParts.class.getName());

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    /** This one too. */
    <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    /** Stops all of them, whatever one of them throws; a second call does nothing. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "couldn't close " + part.getClass().getSimpleName(),
                        e);
            }
        }
    }
}
