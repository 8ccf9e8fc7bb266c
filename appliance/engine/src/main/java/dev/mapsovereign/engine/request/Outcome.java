package dev.mapsovereign.engine.request;

/**
 * After stage 7: the operation succeeded, or has begun to answer; whatever else can happen is a
 * {@link RefusedException}.
 */
public sealed interface Outcome {
    /** Who did what. */
    AuthorizedRequest authorized();

    /**
     * It succeeded.
     *
     * @param data the operation's answer, canonical JSON
     */
    record Whole(AuthorizedRequest authorized, byte[] data) implements Outcome {}

    /**
     * It answers in parts.
     *
     * @param events the answer
     */
    record Streaming(AuthorizedRequest authorized, EventSource events) implements Outcome {}
}
