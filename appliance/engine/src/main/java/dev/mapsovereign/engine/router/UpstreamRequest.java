package dev.mapsovereign.engine.router;

import dev.mapsovereign.base.json.CanonicalWriter;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.request.AuthorizedRequest;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.VersionedRequest;
import java.net.URI;

/** One call as remote processes get it: the same content for each try, a head for each. */
final class UpstreamRequest {
    private static final String DEFAULT_PATH = "/v1/dispatch";

    private final byte[] content;
    private final String fields;

    /** Asks for server-sent events where {@code events} says so. */
    UpstreamRequest(AuthorizedRequest request, InvokeContext context, boolean events) {
        content = content(request.versioned(), context);
        fields = fields(request.versioned(), context, events);
    }

    /** Head and content, in one. */
    byte[] to(URI address, Deadline deadline) {
        String path = address.getRawPath() == null ? "" : address.getRawPath();
        return UpstreamClient.post(
                address,
                path.length() > 1 ? path : DEFAULT_PATH,
                fields + "\r\nX-Deadline-Ms: " + deadline.remaining().toMillis(),
                content);
    }

    /** The dispatch body with version and tenant as this node resolved them. */
    private static byte[] content(VersionedRequest request, InvokeContext context) {
        return new CanonicalWriter()
                .beginObject()
                .name("input")
                .value(request.inbound().envelope().input())
                .name("operation")
                .string(request.operation().spec().name())
                .name("protocol")
                .string(request.route().protocol())
                .name("tenant_id")
                .string(context.tenant().value())
                .name("version")
                .string(request.route().version().toString())
                .endObject()
                .toByteArray();
    }

    /** Every value in here was checked when it was read; none can hold a line end. */
    private static String fields(VersionedRequest request, InvokeContext context, boolean events) {
        StringBuilder fields = new StringBuilder(512);
        fields.append("Content-Type: application/json");
        field(
                fields,
                "Accept",
                events ? "text/event-stream, application/json" : "application/json");
        field(fields, "X-Correlation-Id", context.correlationId().toString());
        field(fields, "X-Tenant-Id", context.tenant().value());
        context.caller().ifPresent(did -> field(fields, "X-Agent-Did", did.text()));
        field(fields, "traceparent", context.onwardTrace().header());
        request.inbound().idempotencyKey().ifPresent(key -> field(fields, "Idempotency-Key", key));
        return fields.toString();
    }

    private static void field(StringBuilder fields, String name, String value) {
        fields.append("\r\n").append(name).append(": ").append(value);
    }
}
