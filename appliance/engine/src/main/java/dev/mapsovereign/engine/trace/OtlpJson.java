package dev.mapsovereign.engine.trace;

import dev.mapsovereign.base.json.CanonicalWriter;
import java.util.List;
import java.util.Map;

/**
 * Spans as OTLP/HTTP wants them in JSON: an {@code ExportTraceServiceRequest} in the JSON mapping
 * of Protocol Buffers, with the exceptions that OTLP makes (specification 1.x, "JSON Protobuf
 * Encoding"): ids are hexadecimal and not base64, enumerations are numbers and never names, and
 * names of fields are lowerCamelCase. By that mapping itself a 64-bit number is a text.
 *
 * <p>The members stand in the order of their names, because our writer asks for it; receivers do
 * not care.
 */
final class OtlpJson {
    private static final String SERVICE = "map-sovereign";
    private static final String SCOPE = "dev.mapsovereign.engine";

    /** W3C's flag "sampled"; every span that is sent is. */
    private static final int SAMPLED = 1;

    /** OTLP's {@code STATUS_CODE_ERROR}. */
    private static final int ERROR = 2;

    private OtlpJson() {}

    /** One request with all these spans of one node. */
    static byte[] encode(String node, List<Span> spans) {
        CanonicalWriter out = new CanonicalWriter(1024 + 512 * spans.size());
        out.beginObject().name("resourceSpans").beginArray().beginObject();
        out.name("resource").beginObject().name("attributes").beginArray();
        attribute(out, "service.instance.id", node);
        attribute(out, "service.name", SERVICE);
        out.endArray().endObject();
        out.name("scopeSpans").beginArray().beginObject();
        out.name("scope").beginObject().name("name").string(SCOPE).endObject();
        out.name("spans").beginArray();
        spans.forEach(span -> span(out, span));
        out.endArray().endObject().endArray();
        return out.endObject().endArray().endObject().toByteArray();
    }

    private static void span(CanonicalWriter out, Span span) {
        out.beginObject().name("attributes").beginArray();
        for (Map.Entry<String, String> each : span.attributes().entrySet()) {
            attribute(out, each.getKey(), each.getValue());
        }
        out.endArray();
        out.name("endTimeUnixNano").string(Long.toString(span.time().endedUnixNanos()));
        out.name("flags").integer(SAMPLED);
        out.name("kind").integer(span.kind().number());
        out.name("name").string(span.name());
        if (span.parentId().isPresent()) {
            out.name("parentSpanId").string(span.parentId().get());
        }
        out.name("spanId").string(span.spanId());
        out.name("startTimeUnixNano").string(Long.toString(span.time().beganUnixNanos()));
        if (span.failed()) {
            out.name("status").beginObject().name("code").integer(ERROR).endObject();
        }
        out.name("traceId").string(span.traceId()).endObject();
    }

    private static void attribute(CanonicalWriter out, String name, String value) {
        out.beginObject().name("key").string(name);
        out.name("value").beginObject().name("stringValue").string(value).endObject();
        out.endObject();
    }
}
