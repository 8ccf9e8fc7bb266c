package dev.mapsovereign.gateway.forward;

import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.gateway.http.Answer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An answer on its way from an engine host to the gateway that asked.
 *
 * @param answer what the caller gets
 * @param close whether the caller's connection ends with it
 * @param tenant whose call it was, by which the gateway finds the same engine host again; empty for
 *     callers without a verified credential
 * @param undone whether nothing came of the call, because the engine host takes no more: another
 *     one may take it
 */
public record ForwardedAnswer(
        Answer answer, boolean close, Optional<String> tenant, boolean undone) {
    private static final int STATUS_MIN = 200;
    private static final int STATUS_MAX = 599;

    /** As it is sent. */
    public byte[] bytes() {
        JsonObject head =
                JsonObject.builder()
                        .put("close", close)
                        .put("fields", Frame.texts(answer.fields()))
                        .put("status", answer.status())
                        .putIfPresent("tenant", tenant)
                        .put("undone", undone)
                        .build();
        byte[] content =
                switch (answer.body()) {
                    case Answer.Whole(byte[] bytes) -> bytes;
                    case Answer.Streamed ignored ->
                            throw new IllegalStateException("streams are not forwarded");
                };
        return new Frame(head, content).bytes();
    }

    /**
     * Reads one.
     *
     * @throws JsonException if it is none
     */
    public static ForwardedAnswer parse(byte[] bytes) {
        Frame frame = Frame.parse(bytes);
        OptionalLong status = frame.head().integer("status");
        if (status.isEmpty()
                || status.getAsLong() < STATUS_MIN
                || status.getAsLong() > STATUS_MAX) {
            throw new JsonException("a forwarded answer has a status", 0);
        }
        boolean close = frame.head().bool("close").orElse(false);
        return new ForwardedAnswer(
                answer((int) status.getAsLong(), frame, close),
                close,
                frame.head().text("tenant"),
                frame.head().bool("undone").orElse(false));
    }

    private static Answer answer(int status, Frame frame, boolean close) {
        try {
            return new Answer(
                    status, Frame.fields(frame.head()), new Answer.Whole(frame.content()), close);
        } catch (IllegalArgumentException e) {
            throw new JsonException("a forwarded answer's fields split it", 0);
        }
    }
}
