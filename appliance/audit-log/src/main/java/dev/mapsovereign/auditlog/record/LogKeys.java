package dev.mapsovereign.auditlog.record;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.note.VerifierKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the record {@code TenantCreated} in {@code _node} says of a tenant's log, as its {@code
 * meta} holds it: {@code {"keys": [vkey, …], "origin": "<node>/<tenant>", "tenant_id":
 * "<tenant>"}}. Whoever trusts the key of {@code _node} can accept these keys, since they stand in
 * its chain.
 *
 * @param keys the note key (Ed25519) first, the cosigner key (ML-DSA-44) second
 */
public record LogKeys(TenantId tenant, String origin, List<VerifierKey> keys) {
    /**
     * @throws RecordException unless all keys are named as the origin
     */
    public LogKeys {
        keys = List.copyOf(keys);
        if (keys.isEmpty() || !keys.stream().allMatch(key -> key.name().equals(origin))) {
            throw new RecordException("the keys of log " + origin + " must bear its name");
        }
    }

    /** The record that introduces the log. */
    public PreparedRecord tenantCreated() {
        return tenantCreated(Optional.empty());
    }

    /**
     * The same for a log that takes the place of another one.
     *
     * @param continues origin, size and root of that one, for {@code meta.continues}
     */
    public PreparedRecord tenantCreated(Optional<JsonObject> continues) {
        AuditDraft draft =
                AuditDraft.builder(TenantId.NODE, EventType.TENANT_CREATED, AuditOutcome.SUCCESS)
                        .build();
        // Not through the draft, which would clip the long key as if a caller had supplied it.
        return RecordFormat.prepare(draft, meta(continues));
    }

    private JsonObject meta(Optional<JsonObject> continues) {
        JsonObject.Builder meta = JsonObject.builder();
        continues.ifPresent(former -> meta.put("continues", former));
        return meta.put("keys", JsonArray.ofStrings(keys.stream().map(VerifierKey::vkey).toList()))
                .put("origin", origin)
                .put("tenant_id", tenant.value())
                .build();
    }

    /**
     * The keys that a record {@code TenantCreated} states.
     *
     * @throws RecordException if it is another record or states none
     */
    public static LogKeys of(AuditRecord record) {
        JsonObject meta = record.meta();
        if (!record.tenant().isNode()
                || !record.eventType().equals(EventType.TENANT_CREATED.wire())) {
            throw new RecordException("not a TenantCreated record of _node");
        }
        List<VerifierKey> keys = keys(meta, "keys");
        try {
            return new LogKeys(
                    TenantId.of(meta.text("tenant_id").orElse("")),
                    meta.text("origin").orElse(""),
                    keys);
        } catch (IllegalArgumentException e) {
            throw new RecordException("meta.tenant_id is no tenant id", e);
        }
    }

    /** The verifier keys in a list of {@code meta}. */
    static List<VerifierKey> keys(JsonObject meta, String name) {
        List<VerifierKey> keys = new ArrayList<>();
        for (JsonValue key : meta.array(name).orElse(JsonArray.EMPTY).values()) {
            if (!(key instanceof JsonString(String vkey))) {
                throw new RecordException(
                        "meta." + name + " holds something else than verifier keys");
            }
            try {
                keys.add(VerifierKey.parse(vkey));
            } catch (IllegalArgumentException e) {
                throw new RecordException(
                        "meta." + name + " holds a text that is no verifier key", e);
            }
        }
        return keys;
    }
}
