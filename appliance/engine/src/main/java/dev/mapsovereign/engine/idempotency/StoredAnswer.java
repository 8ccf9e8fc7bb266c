package dev.mapsovereign.engine.idempotency;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.engine.request.Effect;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.StageName;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * What is kept of a call under its idempotency key: the answer, so that it can be given again byte
 * for byte, and which call it was. While the call runs there is no answer yet, only who runs it.
 *
 * <p>Kept as one byte of version, the length of a head in four bytes big-endian, the head
 * (canonical JSON), and the answer's data as it was sent.
 *
 * @param correlationId the first call
 * @param node the journal of the node that ran it
 * @param readOnly whether its operation changes nothing
 * @param recordIndex the first call's record, in decimal; empty while it runs and after a crash
 * @param refusal what it was refused with, when its effect is unknown
 * @param data what it was answered; empty when it was refused or is not done
 */
public record StoredAnswer(
        String correlationId,
        String node,
        boolean readOnly,
        Optional<String> recordIndex,
        Optional<Refusal> refusal,
        Optional<byte[]> data) {
    private static final byte VERSION = 1;
    private static final int PREFIX_BYTES = 5;

    /** A call that runs. */
    public static StoredAnswer running(String correlationId, String node, boolean readOnly) {
        return new StoredAnswer(
                correlationId,
                node,
                readOnly,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** The same call, answered. */
    public StoredAnswer answered(long index, byte[] answer) {
        return new StoredAnswer(
                correlationId,
                node,
                readOnly,
                Optional.of(Long.toString(index)),
                Optional.empty(),
                Optional.of(answer));
    }

    /** The same call, failed with an effect that nobody knows. */
    public StoredAnswer failed(Optional<Long> index, Refusal why) {
        return new StoredAnswer(
                correlationId,
                node,
                readOnly,
                index.map(String::valueOf),
                Optional.of(why),
                Optional.empty());
    }

    /** The same call, found unfinished after its node was gone. */
    public StoredAnswer interrupted() {
        return failed(
                Optional.empty(),
                Refusal.of(
                                ErrorCode.INTERNAL,
                                "the node stopped while this call ran; whether it took effect is not"
                                        + " known. Look at the record of the call that"
                                        + " details.first_correlation_id names, then use another"
                                        + " key")
                        .at(StageName.ROUTER_INVOCATION)
                        .withDetails(
                                JsonObject.builder()
                                        .put("effect", Effect.UNKNOWN.wire())
                                        .put("first_correlation_id", correlationId)
                                        .build()));
    }

    /** The bytes to keep. */
    public byte[] encode() {
        JsonObject.Builder head =
                JsonObject.builder()
                        .put("correlation_id", correlationId)
                        .put("node", node)
                        .put("read_only", readOnly)
                        .putIfPresent("record_index", recordIndex);
        refusal.ifPresent(why ->
                head.put("code", why.code().wire())
                        .put("message", why.message())
                        .put("details", why.details()));
        byte[] headBytes = CanonicalJson.encode(head.build());
        byte[] body = data.orElse(new byte[0]);
        return ByteBuffer.allocate(PREFIX_BYTES + headBytes.length + body.length)
                .put(VERSION)
                .putInt(headBytes.length)
                .put(headBytes)
                .put(body)
                .array();
    }

    /**
     * Reads what {@link #encode} made.
     *
     * @throws IllegalStateException when the bytes are something else
     */
    public static StoredAnswer decode(byte[] bytes) {
        if (bytes.length < PREFIX_BYTES || bytes[0] != VERSION) {
            throw new IllegalStateException("a stored answer of an unknown form");
        }
        int headLength = ByteBuffer.wrap(bytes).getInt(1);
        if (headLength < 2 || headLength > bytes.length - PREFIX_BYTES) {
            throw new IllegalStateException("a stored answer that is cut off");
        }
        int bodyStart = PREFIX_BYTES + headLength;
        JsonObject head =
                JsonReader.parseObject(
                        Arrays.copyOfRange(bytes, PREFIX_BYTES, bodyStart),
                        JsonReader.Limits.DEFAULT);
        Optional<Refusal> refusal = head.text("code").map(code -> refusal(code, head));
        boolean answered = refusal.isEmpty() && head.has("record_index");
        return new StoredAnswer(
                head.text("correlation_id").orElseThrow(),
                head.text("node").orElseThrow(),
                head.bool("read_only").orElse(false),
                head.text("record_index"),
                refusal,
                answered
                        ? Optional.of(Arrays.copyOfRange(bytes, bodyStart, bytes.length))
                        : Optional.empty());
    }

    private static Refusal refusal(String code, JsonObject head) {
        return Refusal.of(
                        ErrorCode.ofWire(code).orElse(ErrorCode.INTERNAL),
                        head.text("message").orElse(""))
                .at(StageName.ROUTER_INVOCATION)
                .withDetails(head.object("details").orElse(JsonObject.EMPTY));
    }
}
