package dev.mapsovereign.gateway;

import dev.mapsovereign.base.json.CanonicalWriter;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.ResponseMetadata;
import dev.mapsovereign.engine.route.VersionDates;
import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.Fields;
import dev.mapsovereign.gateway.http.HttpDate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns what the engine says into an answer. The bytes of {@code data} are those whose digest the
 * record holds: they are copied, never written anew.
 */
final class ResponseWriter {
    private static final String JSON = "application/json";
    private static final Fields.Field REPLAYED = new Fields.Field("idempotency-replayed", "true");

    /** Beyond {@code data}: ids, names and two hashes. */
    private static final int METADATA_BYTES = 600;

    private ResponseWriter() {}

    /** The answer to a call. */
    static Answer answer(EngineResponse response) {
        Answer answer =
                switch (response) {
                    case EngineResponse.Answered(
                                    byte[] data,
                                    ResponseMetadata metadata,
                                    boolean ignored) ->
                            new Answer(
                                    200,
                                    fields(JSON, metadata),
                                    new Answer.Whole(envelope(data, metadata)),
                                    false);
                    case EngineResponse.Refused(var refusal, var metadata) ->
                            ProblemDetails.answer(refusal, metadata);
                    case EngineResponse.Streaming(var metadata, var events) ->
                            new Answer(
                                    200,
                                    fields(EventAnswer.MEDIA_TYPE, metadata),
                                    new Answer.Streamed(new EventAnswer(events)),
                                    false);
                };
        return response.replayed() ? answer.with(REPLAYED.name(), REPLAYED.value()) : answer;
    }

    /** What every answer of the API carries: caches keep nothing and browsers guess nothing. */
    static List<Fields.Field> fields(String mediaType) {
        List<Fields.Field> fields = new ArrayList<>(6);
        fields.add(new Fields.Field("content-type", mediaType));
        fields.add(new Fields.Field("cache-control", "no-store"));
        fields.add(new Fields.Field("x-content-type-options", "nosniff"));
        return fields;
    }

    /** The same, what is left of the caller's rate, and when the called version ends. */
    static List<Fields.Field> fields(String mediaType, ResponseMetadata metadata) {
        List<Fields.Field> fields = fields(mediaType);
        metadata.rate()
                .ifPresent(rate -> {
                    fields.add(field("x-ratelimit-limit", rate.limit()));
                    fields.add(field("x-ratelimit-remaining", rate.remaining()));
                    fields.add(field("x-ratelimit-reset", secondsUp(rate.reset())));
                });
        metadata.ending().ifPresent(ending -> addEnding(ending, fields));
        return fields;
    }

    /** RFC 9745 and RFC 8594. */
    private static void addEnding(VersionDates.Ending ending, List<Fields.Field> fields) {
        fields.add(new Fields.Field("deprecation", "@" + ending.deprecated().getEpochSecond()));
        ending.sunset()
                .ifPresent(time -> fields.add(new Fields.Field("sunset", HttpDate.of(time))));
    }

    private static Fields.Field field(String name, long value) {
        return new Fields.Field(name, Long.toString(value));
    }

    /** Rounded up: whoever waits that long must not come too early. */
    static long secondsUp(Duration time) {
        return time.plusNanos(999_999_999L).toSeconds();
    }

    /** What stands in an answer, and in the last event of one that comes in parts. */
    static byte[] envelope(byte[] data, ResponseMetadata metadata) {
        CanonicalWriter out = new CanonicalWriter(data.length + METADATA_BYTES);
        out.beginObject().name("data").raw(data).name("metadata").beginObject();
        metadata.record().ifPresent(record -> out.name("chain_head").string(record.headHex()));
        out.name("correlation_id").string(metadata.correlationId().toString());
        out.name("latency_ms").value(new JsonNumber(metadata.latencyMicros() / 1000.0));
        metadata.operation().ifPresent(operation -> out.name("operation").string(operation));
        metadata.protocol().ifPresent(protocol -> out.name("protocol").string(protocol));
        metadata.record()
                .ifPresent(record ->
                        out.name("record_hash")
                                .string(record.hashHex())
                                .name("record_index")
                                .integer(record.index()));
        metadata.tenant().ifPresent(tenant -> out.name("tenant_id").string(tenant.value()));
        metadata.version().ifPresent(version -> out.name("version").string(version));
        return out.endObject().endObject().toByteArray();
    }
}
