package dev.mapsovereign.protocols.max;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.util.Optional;

/**
 * {@code audit_log_entry}: what a caller states becomes part of this call's own record, so that one
 * call leaves one record here as everywhere. A statement stands there in full or is refused: a
 * caller that was told "recorded" must find its words again.
 */
final class Statement {
    private static final String NOTE = "entry";

    private Statement() {}

    static JsonObject record(JsonObject input, InvokeContext context) throws ModuleRefusal {
        String eventType = input.text("event_type").orElseThrow();
        JsonObject entry =
                JsonObject.builder()
                        .put("event_type", eventType)
                        .put("meta", input.object("meta").orElse(JsonObject.EMPTY))
                        .build();
        byte[] canonical = CanonicalJson.encode(entry);
        requireFits(canonical);
        requireWhole(entry, context);
        context.note(NOTE, entry);
        return JsonObject.builder()
                .put("correlation_id", context.correlationId().toString())
                .put("event_type", eventType)
                .put("entry_sha256", Hex.encode(Sha256.hash(canonical)))
                .build();
    }

    private static void requireFits(byte[] canonical) throws ModuleRefusal {
        if (canonical.length > Limits.STATEMENT_BYTES_MAX) {
            throw new ModuleRefusal(
                    ErrorCode.INVALID_PAYLOAD,
                    "the statement has "
                            + canonical.length
                            + " bytes; a record holds "
                            + Limits.STATEMENT_BYTES_MAX);
        }
    }

    /** Asks the very rules by which the record is made, rather than repeating them. */
    private static void requireWhole(JsonObject entry, InvokeContext context) throws ModuleRefusal {
        AuditDraft draft =
                AuditDraft.builder(
                                context.tenant(),
                                EventType.PROTOCOL_INVOCATION,
                                AuditOutcome.SUCCESS)
                        .meta(JsonObject.builder().put(NOTE, entry).build())
                        .build();
        if (!draft.meta().object(NOTE).equals(Optional.of(entry))) {
            throw new ModuleRefusal(
                    ErrorCode.INVALID_PAYLOAD,
                    "meta cannot stand in a record as it is: member names are [a-z0-9_]{1,64},"
                            + " numbers whole, texts at most 256 bytes, at most 5 levels deep");
        }
    }
}
