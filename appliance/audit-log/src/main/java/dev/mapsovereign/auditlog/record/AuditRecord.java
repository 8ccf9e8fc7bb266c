package dev.mapsovereign.auditlog.record;

import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalWriter;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A record as it stands in the chain. {@link #parse} takes exactly the bytes that {@link
 * RecordFormat} could have written and refuses every other spelling of the same content, so that no
 * two records differ in bytes alone.
 *
 * @param eventType the word; a later version may write words that this one does not know
 * @param code the word, likewise
 * @param meta empty when absent
 */
public record AuditRecord(
        long index,
        TenantId tenant,
        String eventType,
        Instant timestamp,
        AuditOutcome outcome,
        Optional<CorrelationId> correlationId,
        Optional<String> callerDid,
        Optional<String> protocol,
        Optional<String> version,
        Optional<String> operation,
        Optional<String> stage,
        Optional<String> code,
        OptionalLong latencyMicros,
        Optional<String> inputHmac,
        Optional<String> outputHmac,
        JsonObject meta) {
    private static final JsonReader.Limits LIMITS =
            new JsonReader.Limits(Limits.RECORD_DEPTH_MAX, Limits.RECORD_BYTES_MAX);

    private static final Set<String> MEMBERS =
            Set.of(
                    "caller_did",
                    "code",
                    "correlation_id",
                    "event_type",
                    "index",
                    "input_hmac",
                    "latency_us",
                    "meta",
                    "operation",
                    "outcome",
                    "output_hmac",
                    "protocol",
                    "stage",
                    "tenant_id",
                    "timestamp",
                    "v",
                    "version");

    private static final int HMAC_HEX_LENGTH = 64;

    /** The event, if this version knows its word. */
    public Optional<EventType> event() {
        return EventType.ofWire(eventType);
    }

    /**
     * The record of those bytes.
     *
     * @throws RecordException naming the rule that they break
     */
    public static AuditRecord parse(byte[] canonical) {
        JsonObject object;
        try {
            object = JsonReader.parseObject(canonical, LIMITS);
        } catch (JsonException e) {
            throw new RecordException("not JSON as a record may hold it: " + e.getMessage(), e);
        }
        requireCanonical(object, canonical);
        for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
            if (!MEMBERS.contains(member.getKey())) {
                throw new RecordException("a record has no member " + member.getKey());
            }
            requireRecordValue(member.getValue());
        }
        if (object.integer("v").orElse(0) != RecordFormat.VERSION) {
            throw new RecordException("member v is not 1");
        }
        try {
            return of(object);
        } catch (IllegalArgumentException e) {
            throw new RecordException(String.valueOf(e.getMessage()), e);
        }
    }

    private static AuditRecord of(JsonObject object) {
        return new AuditRecord(
                index(required(object, "index")),
                TenantId.of(required(object, "tenant_id")),
                required(object, "event_type"),
                RecordTime.parse(required(object, "timestamp")),
                AuditOutcome.ofWire(required(object, "outcome"))
                        .orElseThrow(() -> new RecordException("member outcome is no outcome")),
                text(object, "correlation_id").map(CorrelationId::parse),
                text(object, "caller_did"),
                text(object, "protocol"),
                text(object, "version"),
                text(object, "operation"),
                text(object, "stage"),
                text(object, "code"),
                latency(object),
                hmac(object, "input_hmac"),
                hmac(object, "output_hmac"),
                meta(object));
    }

    private static void requireCanonical(JsonObject object, byte[] canonical) {
        byte[] again = new CanonicalWriter(canonical.length).value(object).toByteArray();
        if (!Arrays.equals(again, canonical)) {
            throw new RecordException(
                    "not in canonical form, from byte " + Arrays.mismatch(again, canonical));
        }
    }

    /** Whole numbers and plain names only, at every level. */
    private static void requireRecordValue(JsonValue value) {
        if (value instanceof JsonNumber number && !number.isWhole()) {
            throw new RecordException("number " + number + " is not whole within 2^53 - 1");
        }
        if (value instanceof JsonArray array) {
            array.values().forEach(AuditRecord::requireRecordValue);
        }
        if (value instanceof JsonObject object) {
            for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
                requireName(member.getKey());
                requireRecordValue(member.getValue());
            }
        }
    }

    private static void requireName(String name) {
        boolean right = !name.isEmpty() && name.length() <= Limits.NAME_LENGTH_MAX;
        for (int i = 0; right && i < name.length(); i++) {
            char c = name.charAt(i);
            right = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        }
        if (!right) {
            throw new RecordException("a member name is [a-z0-9_]{1,64}, not " + name);
        }
    }

    private static long index(String text) {
        boolean right = !text.isEmpty() && text.length() <= Limits.INDEX_DIGITS_MAX;
        for (int i = 0; right && i < text.length(); i++) {
            right = text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        if (!right || (text.length() > 1 && text.charAt(0) == '0')) {
            throw new RecordException("member index is not a decimal number: " + text);
        }
        return Long.parseLong(text);
    }

    private static String required(JsonObject object, String name) {
        return text(object, name)
                .orElseThrow(() -> new RecordException("member " + name + " is missing"));
    }

    private static Optional<String> text(JsonObject object, String name) {
        Optional<String> text = object.text(name);
        if (text.isEmpty() && object.has(name)) {
            throw new RecordException("member " + name + " is not a text");
        }
        return text;
    }

    private static OptionalLong latency(JsonObject object) {
        OptionalLong latency = object.integer("latency_us");
        if (object.has("latency_us") && latency.orElse(-1) < 0) {
            throw new RecordException("member latency_us is not a duration");
        }
        return latency;
    }

    private static Optional<String> hmac(JsonObject object, String name) {
        Optional<String> hmac = text(object, name);
        if (hmac.isPresent() && !isHmac(hmac.get())) {
            throw new RecordException("member " + name + " is not 64 digits of lower-case hex");
        }
        return hmac;
    }

    private static boolean isHmac(String hex) {
        boolean right = hex.length() == HMAC_HEX_LENGTH;
        for (int i = 0; right && i < hex.length(); i++) {
            char c = hex.charAt(i);
            right = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        }
        return right;
    }

    private static JsonObject meta(JsonObject object) {
        if (!object.has("meta")) {
            return JsonObject.EMPTY;
        }
        JsonObject meta =
                object.object("meta")
                        .orElseThrow(() -> new RecordException("member meta is not an object"));
        if (meta.isEmpty()) {
            throw new RecordException("an empty member meta is left out");
        }
        return meta;
    }
}
