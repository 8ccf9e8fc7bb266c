package dev.mapsovereign.engine.request;

/** The engine's answer; its record is durable before it exists, or it is a refusal that says so. */
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
