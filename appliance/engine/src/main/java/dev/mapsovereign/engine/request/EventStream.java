package dev.mapsovereign.engine.request;

import java.io.IOException;

/**
 * The rest of a call whose answer comes in parts: its intent is durable, the endpoint has begun to
 * answer. Whoever gets one hands it on or closes it, on the call's thread; it is closed in any
 * case.
 */
public interface EventStream extends AutoCloseable {
    /** Takes the events. */
    @FunctionalInterface
    interface Sink {
        /**
         * Gives one event to the caller.
         *
         * @param data one JSON object, RFC 8785
         * @throws IOException when the caller does not take it
         */
        void event(byte[] data) throws IOException;
    }

    /**
     * Hands on all events; the call's record is durable when this returns. Once.
     *
     * @return how the call ended; {@link EngineResponse.Answered} with {@code {"events":n}}, or a
     *     refusal, {@code interrupted} when the caller did not take an event
     */
    EngineResponse handOn(Sink sink);

    /** Runs that when the call is over. At most once, before {@link #handOn}. */
    void afterwards(Runnable end);

    /** Ends the call, and records that it was interrupted if it had no record yet. Idempotent. */
    @Override
    void close();
}
