package dev.mapsovereign.gateway;

import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.ResponseMetadata;
import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.Fields;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Turns a refusal into an answer: the only place where a code becomes an HTTP status (RFC 9457,
 * with the protocol's own members beside the standard ones).
 */
final class ProblemDetails {
    static final String MEDIA_TYPE = "application/problem+json";

    /** What a 401 offers when the engine names nothing more precise (RFC 9110 §11.6.1). */
    private static final List<String> CHALLENGES =
            List.of("Bearer realm=\"map\"", "DidAuth realm=\"map\"", "Treaty realm=\"map\"");

    private ProblemDetails() {}

    /** The answer to a call that was refused. */
    static Answer answer(Refusal refusal, ResponseMetadata metadata) {
        return answer(
                refusal, document(refusal, metadata), ResponseWriter.fields(MEDIA_TYPE, metadata));
    }

    /** The problem document alone, RFC 8785. */
    static byte[] document(Refusal refusal, ResponseMetadata metadata) {
        return CanonicalJson.encode(
                problem(refusal.code(), refusal.message())
                        .putIfPresent("stage", refusal.stage().map(stage -> stage.wire()))
                        .put("correlation_id", metadata.correlationId().toString())
                        .put("details", refusal.details())
                        .put("metadata", recordOf(metadata.record()))
                        .build());
    }

    /** The answer to a request that is no call and leaves no record. */
    static Answer answer(ErrorCode code, String message) {
        return answer(
                Refusal.of(code, message),
                CanonicalJson.encode(
                        problem(code, message)
                                .put("details", JsonObject.EMPTY)
                                .put("metadata", JsonObject.EMPTY)
                                .build()),
                ResponseWriter.fields(MEDIA_TYPE));
    }

    private static Answer answer(Refusal refusal, byte[] body, List<Fields.Field> fields) {
        if (refusal.code() == ErrorCode.UNAUTHENTICATED) {
            List<String> challenges =
                    refusal.challenges().isEmpty() ? CHALLENGES : refusal.challenges();
            for (String challenge : challenges) {
                fields.add(new Fields.Field("www-authenticate", challenge));
            }
        }
        refusal.retryAfter()
                .map(ProblemDetails::seconds)
                .ifPresent(seconds -> fields.add(new Fields.Field("retry-after", seconds)));
        return new Answer(
                refusal.code().status(),
                fields,
                new Answer.Whole(body),
                refusal.code() == ErrorCode.DRAINING);
    }

    private static JsonObject.Builder problem(ErrorCode code, String message) {
        return JsonObject.builder()
                .put("type", "urn:map:error:" + code.wire())
                .put("title", code.title())
                .put("status", code.status())
                .put("code", code.wire())
                .put("message", message);
    }

    private static JsonObject recordOf(Optional<RecordReference> record) {
        return record.map(written ->
                        JsonObject.builder()
                                .put("record_index", written.index())
                                .put("record_hash", written.hashHex())
                                .put("chain_head", written.headHex())
                                .build())
                .orElse(JsonObject.EMPTY);
    }

    /** Never "at once". */
    static String seconds(Duration time) {
        return String.valueOf(Math.max(1, ResponseWriter.secondsUp(time)));
    }
}
