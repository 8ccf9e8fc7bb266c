package dev.mapsovereign.auditlog.record;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.CanonicalWriter;
import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;

/**
 * Writes records: one JSON object in RFC 8785 form, UTF-8, at most 65,000 bytes, absent members
 * left out. These bytes are stored, answered and exported, and never rendered again.
 *
 * <p>Members, in the order in which they stand: {@code caller_did code correlation_id event_type
 * index input_hmac latency_us meta operation outcome output_hmac protocol stage tenant_id timestamp
 * v version}.
 */
public final class RecordFormat {
    /** The version of this format, member {@code v}. */
    public static final int VERSION = 1;

    /** The most that one record has, in bytes. */
    public static final int RECORD_BYTES_MAX = Limits.RECORD_BYTES_MAX;

    private static final int CAPACITY_FIRST = 768;

    private RecordFormat() {}

    /** The record of a draft. */
    public static PreparedRecord prepare(AuditDraft draft) {
        return prepare(draft, draft.meta());
    }

    /**
     * The record of a draft with a {@code meta} of the log's own making, which may hold longer
     * texts than callers can bring into a draft: a post-quantum verifier key has 1,800 characters.
     */
    public static PreparedRecord prepare(AuditDraft draft, JsonObject meta) {
        PreparedRecord whole = write(draft, meta, draft.eventType(), draft.outcome(), draft.code());
        return whole.lengthMax() <= RECORD_BYTES_MAX ? whole : prepare(draft, digestOf(meta));
    }

    /**
     * The record of a call that was announced by {@code draft} and of whose end nothing is known.
     */
    public static PreparedRecord prepareInterrupted(AuditDraft draft, JsonObject meta) {
        return write(
                draft,
                meta,
                EventType.ERROR,
                AuditOutcome.ERROR,
                Optional.of(ErrorCode.INTERRUPTED));
    }

    /** What stands for a {@code meta} that is too large. */
    public static JsonObject digestOf(JsonObject meta) {
        return JsonObject.builder()
                .put("sha256", Hex.encode(Sha256.hash(CanonicalJson.encode(meta))))
                .put("truncated", true)
                .build();
    }

    private static PreparedRecord write(
            AuditDraft draft,
            JsonObject meta,
            EventType eventType,
            AuditOutcome outcome,
            Optional<ErrorCode> code) {
        CanonicalWriter out = new CanonicalWriter(CAPACITY_FIRST).beginObject();
        text(out, "caller_did", draft.callerDid());
        text(out, "code", code.map(ErrorCode::wire));
        draft.correlationId().ifPresent(id -> out.name("correlation_id").string(id.toString()));
        out.name("event_type").string(eventType.wire());
        // An empty text is written where a gap is to be; the gap lies before its closing quote.
        int indexAt = out.name("index").string("").size() - 1;
        text(out, "input_hmac", draft.inputHmac());
        draft.latencyMicros().ifPresent(micros -> out.name("latency_us").integer(micros));
        if (!meta.isEmpty()) {
            out.name("meta").value(meta);
        }
        text(out, "operation", draft.operation());
        out.name("outcome").string(outcome.wire());
        text(out, "output_hmac", draft.outputHmac());
        text(out, "protocol", draft.protocol());
        text(out, "stage", draft.stage());
        out.name("tenant_id").string(draft.tenant().value());
        int timeAt = out.name("timestamp").string("").size() - 1;
        out.name("v").integer(VERSION);
        text(out, "version", draft.version());
        return new PreparedRecord(out.endObject().toByteArray(), indexAt, timeAt);
    }

    private static void text(CanonicalWriter out, String name, Optional<String> value) {
        if (value.isPresent()) {
            out.name(name).string(value.get());
        }
    }
}
