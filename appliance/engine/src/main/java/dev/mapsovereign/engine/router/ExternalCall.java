package dev.mapsovereign.engine.router;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.error.ErrorKind;
import dev.mapsovereign.base.json.CanonicalWriter;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.balance.EndpointLease;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.request.AuthorizedRequest;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.Effect;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.VersionedRequest;
import dev.mapsovereign.engine.route.RouteTarget;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Calls the external tier: a remote process that answers the same dispatch body.
 *
 * <p>What it says is taken with care: its refusals pass on when they are about the call, and are
 * failures of the endpoint when they are about the endpoint or about us.
 */
final class ExternalCall {
    /** What a remote process may refuse in its own name; its word reaches our caller. */
    private static final Set<ErrorCode> PASSED_ON =
            EnumSet.of(
                    ErrorCode.INVALID_PAYLOAD,
                    ErrorCode.POLICY_DENIED,
                    ErrorCode.NOT_FOUND,
                    ErrorCode.CAPABILITY_DENIED,
                    ErrorCode.RATE_LIMITED,
                    ErrorCode.MESSAGE_TOO_LARGE);

    private static final String DEFAULT_PATH = "/v1/dispatch";
    private static final int MESSAGE_MAX = 256;
    private static final int RETRY_AFTER_DIGITS_MAX = 6;
    private static final JsonReader.Limits ANSWER_LIMITS =
            new JsonReader.Limits(64, Limits.UPSTREAM_BODY_BYTES_MAX);

    private final UpstreamClient client;

    ExternalCall(UpstreamClient client) {
        this.client = client;
    }

    JsonObject call(
            AuthorizedRequest request,
            RouteTarget.External target,
            EndpointLease lease,
            InvokeContext context) {
        Call call = request.call();
        URI address = lease.endpoint().address().orElseThrow();
        Deadline deadline = context.deadline().notLaterThan(target.callTimeout());
        boolean readOnly = request.versioned().operation().spec().readOnly();
        byte[] bytes = requestBytes(address, request.versioned(), context, deadline);
        UpstreamAnswer answer;
        try {
            answer = client.send(address, bytes, readOnly, deadline);
        } catch (UpstreamException failed) {
            lease.failed();
            if (failed.reach() == UpstreamException.Reach.NOT_SENT) {
                call.effect(Effect.NONE);
            }
            throw refused(
                    failed.late() ? ErrorCode.TIMEOUT : ErrorCode.ADAPTER_ERROR,
                    lease.endpoint().name() + ": " + failed.reason());
        }
        return read(call, answer, lease);
    }

    private static JsonObject read(Call call, UpstreamAnswer answer, EndpointLease lease) {
        String name = lease.endpoint().name();
        JsonObject body;
        try {
            body = JsonReader.parseObject(answer.body(), ANSWER_LIMITS);
        } catch (JsonException malformed) {
            lease.failed();
            throw refused(
                    ErrorCode.ADAPTER_ERROR,
                    name + " answered " + answer.status() + " with what is not JSON");
        }
        if (answer.status() == 200) {
            Optional<JsonObject> data = body.object("data");
            if (data.isEmpty()) {
                lease.failed();
                throw refused(ErrorCode.ADAPTER_ERROR, name + " answered 200 without data");
            }
            lease.succeeded();
            return data.get();
        }
        throw refusalOf(call, answer, body, lease);
    }

    private static RefusedException refusalOf(
            Call call, UpstreamAnswer answer, JsonObject body, EndpointLease lease) {
        String name = lease.endpoint().name();
        Optional<ErrorCode> code = body.text("code").flatMap(ErrorCode::ofWire);
        if (code.isPresent() && PASSED_ON.contains(code.get())) {
            lease.succeeded();
            call.effect(Effect.NONE);
            Refusal refusal = Refusal.of(code.get(), clipped(body.text("message").orElse("")));
            return new RefusedException(
                    retryAfter(answer)
                            .filter(time -> code.get() == ErrorCode.RATE_LIMITED)
                            .map(refusal::withRetryAfter)
                            .orElse(refusal));
        }
        if (answer.status() >= 500
                || code.map(ErrorCode::kind).orElse(ErrorKind.OPERATOR) != ErrorKind.CALLER) {
            lease.failed();
        } else {
            lease.succeeded();
        }
        boolean nothingDone =
                body.object("details")
                        .flatMap(details -> details.text("effect"))
                        .map(Effect.NONE.wire()::equals)
                        .orElse(answer.status() < 500);
        if (nothingDone) {
            call.effect(Effect.NONE);
        }
        return refused(
                code.equals(Optional.of(ErrorCode.TIMEOUT))
                        ? ErrorCode.TIMEOUT
                        : ErrorCode.ADAPTER_ERROR,
                name + " answered " + answer.status());
    }

    private static Optional<Duration> retryAfter(UpstreamAnswer answer) {
        return answer.retryAfter()
                .filter(text -> text.length() <= RETRY_AFTER_DIGITS_MAX)
                .filter(text -> !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9'))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    }

    private static RefusedException refused(ErrorCode code, String message) {
        return new RefusedException(Refusal.of(code, message));
    }

    private static String clipped(String message) {
        return message.length() <= MESSAGE_MAX ? message : message.substring(0, MESSAGE_MAX) + "…";
    }

    private static byte[] requestBytes(
            URI address, VersionedRequest request, InvokeContext context, Deadline deadline) {
        byte[] content = content(request, context);
        byte[] head = head(address, request, context, deadline, content.length);
        byte[] whole = Arrays.copyOf(head, head.length + content.length);
        System.arraycopy(content, 0, whole, head.length, content.length);
        return whole;
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
    private static byte[] head(
            URI address,
            VersionedRequest request,
            InvokeContext context,
            Deadline deadline,
            int contentLength) {
        String path = address.getRawPath() == null ? "" : address.getRawPath();
        StringBuilder head = new StringBuilder(512);
        head.append("POST ")
                .append(path.length() > 1 ? path : DEFAULT_PATH)
                .append(" HTTP/1.1\r\n");
        field(head, "Host", address.getAuthority());
        field(head, "Content-Type", "application/json");
        field(head, "Accept", "application/json");
        field(head, "Content-Length", Integer.toString(contentLength));
        field(head, "X-Correlation-Id", context.correlationId().toString());
        field(head, "X-Tenant-Id", context.tenant().value());
        context.caller().ifPresent(did -> field(head, "X-Agent-Did", did.text()));
        field(head, "traceparent", context.onwardTrace().header());
        field(head, "X-Deadline-Ms", Long.toString(deadline.remaining().toMillis()));
        request.inbound().idempotencyKey().ifPresent(key -> field(head, "Idempotency-Key", key));
        return head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static void field(StringBuilder head, String name, String value) {
        head.append(name).append(": ").append(value).append("\r\n");
    }
}
