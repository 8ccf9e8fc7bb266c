package dev.mapsovereign.base.error;

import static dev.mapsovereign.base.error.ErrorKind.CALLER;
import static dev.mapsovereign.base.error.ErrorKind.OPERATOR;
import static dev.mapsovereign.base.error.ErrorKind.OVERLOAD;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Every reason for which this product answers something else than success. The same word stands in
 * problem answers, JSON-RPC errors, audit records, metrics and logs; {@code
 * docs/reference/errors.md} says what each one asks of its reader. Words are never renamed or
 * reused: other people's scripts rest on them.
 */
public enum ErrorCode {
    MALFORMED_REQUEST(400, "Malformed request", CALLER),
    UNAUTHENTICATED(401, "Unauthenticated", CALLER),
    CAPABILITY_DENIED(403, "Capability denied", CALLER),
    TENANT_MISMATCH(403, "Tenant mismatch", CALLER),
    UNKNOWN_PROTOCOL(404, "Unknown protocol", CALLER),
    UNKNOWN_VERSION(404, "Unknown version", CALLER),
    UNKNOWN_OPERATION(404, "Unknown operation", CALLER),
    NOT_FOUND(404, "Not found", CALLER),
    METHOD_NOT_ALLOWED(405, "Method not allowed", CALLER),
    REQUEST_TIMEOUT(408, "Request timeout", CALLER),
    IDEMPOTENCY_IN_PROGRESS(409, "Idempotent call in progress", OVERLOAD),
    MESSAGE_TOO_LARGE(413, "Message too large", CALLER),
    UNSUPPORTED_MEDIA_TYPE(415, "Unsupported media type", CALLER),
    INVALID_PAYLOAD(422, "Invalid payload", CALLER),
    POLICY_DENIED(422, "Policy denied", CALLER),
    IDEMPOTENCY_KEY_REUSE(422, "Idempotency key reuse", CALLER),
    RATE_LIMITED(429, "Rate limited", OVERLOAD),
    HEADERS_TOO_LARGE(431, "Headers too large", CALLER),
    INTERNAL(500, "Internal error", ErrorKind.INTERNAL),
    ADAPTER_ERROR(502, "Adapter error", OPERATOR),
    CIRCUIT_OPEN(503, "Circuit open", OVERLOAD),
    NO_ENDPOINT_AVAILABLE(503, "No endpoint available", OPERATOR),
    DRAINING(503, "Draining", OVERLOAD),
    AUDIT_UNAVAILABLE(503, "Audit unavailable", OPERATOR),
    TIMEOUT(504, "Timeout", OVERLOAD),
    /**
     * Stands in records alone: recovery found an effect announced and no record of how it ended.
     */
    INTERRUPTED(0, "Interrupted", OPERATOR);

    private static final Map<String, ErrorCode> BY_WIRE =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(ErrorCode::wire, Function.identity()));

    private final int status;
    private final String wire;
    private final String title;
    private final ErrorKind kind;

    ErrorCode(int status, String title, ErrorKind kind) {
        this.status = status;
        this.wire = name().toLowerCase(Locale.ROOT);
        this.title = title;
        this.kind = kind;
    }

    /** The word as it stands in answers and records, for example {@code capability_denied}. */
    public String wire() {
        return wire;
    }

    /** The HTTP status that answers carry; 0 for {@link #INTERRUPTED}, which never is an answer. */
    public int status() {
        return status;
    }

    /** A few words for people, the same for each occurrence (RFC 9457, member {@code title}). */
    public String title() {
        return title;
    }

    /** Who can do something about it. */
    public ErrorKind kind() {
        return kind;
    }

    /** The code of that word; empty when this version does not know it. */
    public static Optional<ErrorCode> ofWire(String wire) {
        return Optional.ofNullable(BY_WIRE.get(wire));
    }
}
