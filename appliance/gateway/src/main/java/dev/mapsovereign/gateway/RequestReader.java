package dev.mapsovereign.gateway;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.Envelope;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Origin;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RejectedRequest;
import dev.mapsovereign.engine.request.TraceParent;
import dev.mapsovereign.gateway.http.Fields;
import dev.mapsovereign.gateway.http.Request;
import dev.mapsovereign.gateway.http.RequestException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Makes a call out of a dispatch request, or says what is wrong with it, in this order: the header
 * fields, the media type, the body's arrival, its JSON, the envelope's members.
 *
 * <p>A member that the envelope does not have is refused: a misspelt {@code tenant_id} that is
 * silently passed over would run a call where it was not meant to run.
 *
 * <p>Strings in here stay as sent; the engine judges names, tenants and credentials.
 */
final class RequestReader {
    private static final JsonReader.Limits BODY =
            new JsonReader.Limits(Limits.BODY_DEPTH_MAX, Limits.DISPATCH_BODY_BYTES_MAX);
    private static final Set<String> MEMBERS =
            Set.of("protocol", "version", "operation", "input", "tenant_id");

    /** A member's name that is said back; what else a caller may have written is not. */
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_]{1,64}");

    /** A weight of nothing, {@code q=0.000} at the longest. */
    private static final Pattern NO_WEIGHT = Pattern.compile("[qQ]=0(?:\\.0{0,3})?");

    /** Up to eleven days. */
    private static final Pattern MILLISECONDS = Pattern.compile("[1-9][0-9]{0,8}");

    private final CorrelationId correlationId = CorrelationId.random();
    private final Request request;
    private Credential credential = Credential.Anonymous.INSTANCE;
    private Optional<String> tenant = Optional.empty();
    private Optional<String> agentDid = Optional.empty();
    private Optional<String> idempotencyKey = Optional.empty();
    private Optional<String> callerCorrelationId = Optional.empty();
    private Optional<byte[]> body = Optional.empty();
    private Duration patience = Limits.CALL_TIME_MAX;

    RequestReader(Request request) {
        this.request = request;
    }

    /**
     * Reads all of it.
     *
     * @throws RequestException for the first thing that is wrong; {@link #rejected} then has what
     *     was read until there
     */
    InboundRequest read() throws RequestException {
        readFields();
        requireJson(request.fields());
        byte[] bytes = readBody();
        body = Optional.of(bytes);
        return inbound(bytes, envelope(bytes));
    }

    /**
     * Reads {@code GET /admin/trace}: a call whose input stands in the query and that has no body.
     *
     * @throws RequestException as {@link #read}
     */
    InboundRequest readTrace() throws RequestException {
        readFields();
        if (request.announcedLength() != 0) {
            throw RequestException.malformed("this request has no body");
        }
        body = Optional.of(request.body(0));
        if (idempotencyKey.isPresent()) {
            // The key would stand for the body, which is the same for every query.
            throw RequestException.malformed("idempotency-key goes with POST");
        }
        return inbound(new byte[0], TraceQuery.envelope(request.target()));
    }

    private InboundRequest inbound(byte[] bytes, Envelope envelope) {
        return new InboundRequest(
                correlationId,
                credential,
                origin(),
                tenant,
                agentDid,
                idempotencyKey,
                callerCorrelationId,
                trace(),
                bytes,
                envelope,
                request.receivedNanos(),
                deadline(),
                takesEvents());
    }

    /** What is kept for an idempotency key is whole, so the first answer is too. */
    private boolean takesEvents() {
        return request.takesParts()
                && idempotencyKey.isEmpty()
                && request.fields().all("accept").stream()
                        .flatMap(value -> Stream.of(value.split(",", -1)))
                        .anyMatch(RequestReader::isEventStream);
    }

    /** Of a media range with parameters only a weight of nothing counts (RFC 9110 §12.4.2). */
    private static boolean isEventStream(String range) {
        String[] parts = range.split(";", -1);
        return parts[0].strip().equalsIgnoreCase("text/event-stream")
                && Stream.of(parts).map(String::strip).noneMatch(NO_WEIGHT.asMatchPredicate());
    }

    /** What is known of a request that could not be read whole. */
    RejectedRequest rejected(RequestException problem) {
        return rejected(Refusal.of(problem.code(), problem.reason()));
    }

    /**
     * A call whose outcome nobody knows; what its head says of the caller is taken as far as it
     * goes.
     */
    RejectedRequest lost(RequestException problem) {
        try {
            readFields();
        } catch (RequestException e) {
            // It was the engine host's to say so, and that is lost.
            credential = Credential.Anonymous.INSTANCE;
        }
        return rejected(
                Refusal.of(problem.code(), problem.reason())
                        .withDetails(JsonObject.builder().put("effect", "unknown").build()));
    }

    private RejectedRequest rejected(Refusal refusal) {
        return new RejectedRequest(
                correlationId,
                credential,
                origin(),
                tenant,
                agentDid,
                idempotencyKey,
                callerCorrelationId,
                trace(),
                body,
                refusal,
                request.receivedNanos());
    }

    /** The caller's, if it says one; never later than the most that a call may take. */
    private Deadline deadline() {
        return new Deadline(request.receivedNanos() + patience.toNanos())
                .notLaterThan(Limits.CALL_TIME_MAX);
    }

    private static Duration patience(Optional<String> field) throws RequestException {
        if (field.isEmpty()) {
            return Limits.CALL_TIME_MAX;
        }
        if (!MILLISECONDS.matcher(field.get()).matches()) {
            throw RequestException.malformed(
                    "the header field x-deadline-ms is not a whole number of milliseconds from 1");
        }
        return Duration.ofMillis(Long.parseLong(field.get()));
    }

    private void readFields() throws RequestException {
        Fields fields = request.fields();
        credential =
                CredentialReader.read(fields.only("authorization"), request.clientCertificates());
        tenant = visible("x-tenant-id", Limits.IDENTITY_CHARACTERS_MAX);
        agentDid = visible("x-agent-did", Limits.IDENTITY_CHARACTERS_MAX);
        idempotencyKey = visible("idempotency-key", Limits.IDEMPOTENCY_KEY_CHARACTERS_MAX);
        callerCorrelationId = visible("x-correlation-id", Limits.IDENTITY_CHARACTERS_MAX);
        patience = patience(fields.only("x-deadline-ms"));
    }

    private Optional<String> visible(String name, int charactersMax) throws RequestException {
        Optional<String> value = request.fields().only(name);
        if (value.isPresent()) {
            String text = value.get();
            boolean good = !text.isEmpty() && text.length() <= charactersMax;
            for (int at = 0; good && at < text.length(); at++) {
                good = text.charAt(at) > ' ' && text.charAt(at) < 0x7f;
            }
            if (!good) {
                throw RequestException.malformed(
                        "the header field "
                                + name
                                + " is not 1 to "
                                + charactersMax
                                + " visible ASCII characters");
            }
        }
        return value;
    }

    private static void requireJson(Fields fields) throws RequestException {
        String type = fields.only("content-type").orElse("").toLowerCase(Locale.ROOT);
        int semicolon = type.indexOf(';');
        String essence = (semicolon < 0 ? type : type.substring(0, semicolon)).strip();
        String parameters = semicolon < 0 ? "" : type.substring(semicolon + 1).replace(" ", "");
        boolean utf8 =
                parameters.isEmpty()
                        || parameters.equals("charset=utf-8")
                        || parameters.equals("charset=\"utf-8\"");
        if (!essence.equals("application/json") || !utf8) {
            throw new RequestException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "a dispatch body is application/json in UTF-8");
        }
        if (!fields.only("content-encoding").orElse("identity").equalsIgnoreCase("identity")) {
            throw new RequestException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE, "a dispatch body is not compressed");
        }
    }

    /** How long a body may be, by what its sender showed. */
    static int bodyBytesMax(Credential credential) {
        boolean known =
                credential instanceof Credential.ApiKey
                        || credential instanceof Credential.DidAuth
                        || credential instanceof Credential.Treaty
                        || credential instanceof Credential.ClientCertificate;
        return known ? Limits.DISPATCH_BODY_BYTES_MAX : Limits.ANONYMOUS_BODY_BYTES_MAX;
    }

    private byte[] readBody() throws RequestException {
        int max = bodyBytesMax(credential);
        boolean known = max == Limits.DISPATCH_BODY_BYTES_MAX;
        try {
            return request.body(max);
        } catch (RequestException e) {
            boolean tooLargeForAnybody =
                    known || request.announcedLength() > Limits.DISPATCH_BODY_BYTES_MAX;
            if (e.code() != ErrorCode.MESSAGE_TOO_LARGE || tooLargeForAnybody) {
                throw e;
            }
            throw new RequestException(
                    ErrorCode.UNAUTHENTICATED,
                    "a body of more than "
                            + Limits.ANONYMOUS_BODY_BYTES_MAX
                            + " bytes is taken only with a credential");
        }
    }

    private static Envelope envelope(byte[] bytes) throws RequestException {
        JsonObject object;
        try {
            object = JsonReader.parseObject(bytes, BODY);
        } catch (JsonException e) {
            throw RequestException.malformed("the body is not one JSON object: " + e.getMessage());
        }
        for (String name : object.members().keySet()) {
            if (!MEMBERS.contains(name)) {
                throw RequestException.malformed(
                        "the envelope has a member"
                                + (PLAIN_NAME.matcher(name).matches() ? " '" + name + "'" : "")
                                + " that is none of "
                                + "protocol, version, operation, input, tenant_id");
            }
        }
        return new Envelope(
                required(text(object, "protocol", Limits.NAME_CHARACTERS_MAX), "protocol"),
                text(object, "version", Limits.NAME_CHARACTERS_MAX),
                required(text(object, "operation", Limits.NAME_CHARACTERS_MAX), "operation"),
                input(object),
                text(object, "tenant_id", Limits.IDENTITY_CHARACTERS_MAX));
    }

    private static JsonObject input(JsonObject object) throws RequestException {
        Optional<JsonValue> input = object.get("input");
        if (input.isPresent() && input.get() instanceof JsonObject payload) {
            return payload;
        }
        throw RequestException.malformed("the envelope's member input is not an object");
    }

    private static Optional<String> text(JsonObject object, String name, int charactersMax)
            throws RequestException {
        Optional<JsonValue> value = object.get(name);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        if (value.get() instanceof JsonString(String text)
                && !text.isEmpty()
                && text.length() <= charactersMax) {
            return Optional.of(text);
        }
        throw RequestException.malformed(
                "the envelope's member "
                        + name
                        + " is not a text of 1 to "
                        + charactersMax
                        + " characters");
    }

    private static String required(Optional<String> value, String name) throws RequestException {
        if (value.isEmpty()) {
            throw RequestException.malformed("the envelope has no member " + name);
        }
        return value.get();
    }

    private Origin origin() {
        return new Origin(
                request.source(), request.authority(), request.method(), request.target());
    }

    /** A malformed trace, or one that stands twice, restarts; it never fails the call. */
    private Optional<TraceParent> trace() {
        List<String> values = request.fields().all("traceparent");
        return values.size() == 1 ? TraceParent.parse(values.getFirst()) : Optional.empty();
    }
}
