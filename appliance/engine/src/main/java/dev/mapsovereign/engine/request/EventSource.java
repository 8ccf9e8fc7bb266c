package dev.mapsovereign.engine.request;

import java.util.Optional;

/** Where the events of one call come from. Used by the call's thread. */
public interface EventSource extends AutoCloseable {
    /**
     * Waits for the next event.
     *
     * @return one JSON object, RFC 8785; empty when the endpoint has said that there are no more
     * @throws RefusedException {@code adapter_error} or {@code timeout}, or what the endpoint
     *     refuses
     */
    Optional<byte[]> next();

    /** Gives the place at the endpoint back. Idempotent. */
    @Override
    void close();
}
