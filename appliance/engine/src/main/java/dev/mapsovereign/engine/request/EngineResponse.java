package dev.mapsovereign.engine.request;

/**
 * The engine's answer; its record is durable before it exists, or it is a refusal that says so, or
 * a stream whose intent is durable.
 */
public sealed interface EngineResponse {
    /** What is said about the call itself. */
    ResponseMetadata metadata();

    /** Whether this is the stored answer of an earlier call with the same idempotency key. */
    boolean replayed();

    /**
     * A success.
     *
     * @param data the operation's answer, canonical JSON (RFC 8785), exactly the bytes whose digest
     *     is in the record
     * @param metadata what is said about the call
     * @param replayed whether an earlier call's stored answer is given again
     */
    record Answered(byte[] data, ResponseMetadata metadata, boolean replayed)
            implements EngineResponse {}

    /**
     * An answer that comes in parts, for a caller who takes such.
     *
     * @param metadata what is known before the first part; without a record
     * @param events to be handed on or closed
     */
    record Streaming(ResponseMetadata metadata, EventStream events) implements EngineResponse {
        @Override
        public boolean replayed() {
            return false;
        }
    }

    /**
     * A refusal or a failure.
     *
     * @param refusal what and why
     * @param metadata what is said about the call
     */
    record Refused(Refusal refusal, ResponseMetadata metadata) implements EngineResponse {
        /** Name of the detail that marks a stored refusal given again. */
        public static final String REPLAYED = "replayed";

        @Override
        public boolean replayed() {
            return refusal.details().bool(REPLAYED).orElse(false);
        }
    }
}
