package dev.mapsovereign.auditlog.record;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.VerifierKey;
import java.util.List;

/**
 * What the record {@code KeyRotated} in {@code _node} says of a log's keys, as its {@code meta}
 * holds it: {@code {"from_size": "<decimal>", "new_keys": [vkey, …], "old_keys": [vkey, …],
 * "origin": "<node>/<tenant>"}}. Checkpoints of {@code fromSize} and more bear the new keys'
 * signatures; the first of them bears the old keys' as well.
 */
public record KeyRotation(
        String origin, List<VerifierKey> oldKeys, List<VerifierKey> newKeys, long fromSize) {
    /**
     * @throws RecordException unless all keys are named as the origin and there are some of both
     */
    public KeyRotation {
        oldKeys = List.copyOf(oldKeys);
        newKeys = List.copyOf(newKeys);
        if (oldKeys.isEmpty()
                || newKeys.isEmpty()
                || fromSize < 0
                || !oldKeys.stream().allMatch(key -> key.name().equals(origin))
                || !newKeys.stream().allMatch(key -> key.name().equals(origin))) {
            throw new RecordException("no rotation of the keys of log " + origin);
        }
    }

    /** The record in {@code _node} that states the rotation. */
    public PreparedRecord keyRotated() {
        return keyRotated(TenantId.NODE);
    }

    /**
     * The record that states the rotation in a chain: in {@code _node} for verifiers, in the log's
     * own so that its tree grows.
     */
    public PreparedRecord keyRotated(TenantId chain) {
        AuditDraft draft =
                AuditDraft.builder(chain, EventType.KEY_ROTATED, AuditOutcome.SUCCESS).build();
        return RecordFormat.prepare(draft, meta());
    }

    /** All of it. */
    public JsonObject meta() {
        return JsonObject.builder()
                .put("from_size", Long.toString(fromSize))
                .put("new_keys", vkeys(newKeys))
                .put("old_keys", vkeys(oldKeys))
                .put("origin", origin)
                .build();
    }

    private static JsonArray vkeys(List<VerifierKey> keys) {
        return JsonArray.ofStrings(keys.stream().map(VerifierKey::vkey).toList());
    }

    /**
     * The rotation that a record {@code KeyRotated} states.
     *
     * @throws RecordException if it is another record or states none
     */
    public static KeyRotation of(AuditRecord record) {
        if (!record.tenant().isNode() || !record.eventType().equals(EventType.KEY_ROTATED.wire())) {
            throw new RecordException("not a KeyRotated record of _node");
        }
        return of(record.meta());
    }

    /**
     * The rotation that a record's {@code meta} states.
     *
     * @throws RecordException if it states none
     */
    public static KeyRotation of(JsonObject meta) {
        String fromSize = meta.text("from_size").orElse("");
        if (!fromSize.matches("0|[1-9][0-9]{0,17}")) {
            throw new RecordException("meta.from_size is no size");
        }
        return new KeyRotation(
                meta.text("origin").orElse(""),
                LogKeys.keys(meta, "old_keys"),
                LogKeys.keys(meta, "new_keys"),
                Long.parseLong(fromSize));
    }
}
