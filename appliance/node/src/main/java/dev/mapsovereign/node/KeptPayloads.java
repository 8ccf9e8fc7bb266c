package dev.mapsovereign.node;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.DigestKeys;
import dev.mapsovereign.auditlog.payload.PayloadEvents;
import dev.mapsovereign.auditlog.payload.PayloadStatus;
import dev.mapsovereign.auditlog.payload.PayloadStore;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.result.Digests;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.SortedMap;

/**
 * Digests that keep what they digest. What a caller sent whom nobody knows is digested only: else
 * anybody could fill the store.
 */
final class KeptPayloads implements Digests {
    private final DigestKeys digests;
    private final PayloadStore store;

    KeptPayloads(DigestKeys digests, PayloadStore store, MeterRegistry meters) {
        this.digests = digests;
        this.store = store;
        FunctionCounter.builder("map_audit_payloads_stored", store, s -> s.status().stored())
                .register(meters);
        FunctionCounter.builder("map_audit_payloads_lost", store, s -> lost(s.status()))
                .register(meters);
        Gauge.builder("map_audit_payloads_bytes", store, s -> s.status().bytes()).register(meters);
    }

    private static long lost(PayloadStatus status) {
        return status.lost().values().stream().mapToLong(count -> count).sum();
    }

    @Override
    public String hmac(TenantId tenant, CorrelationId correlationId, byte[] content) {
        String hmac = digests.hmac(tenant, correlationId, content);
        if (!tenant.isNode()) {
            store.offer(tenant, correlationId, hmac, content);
        }
        return hmac;
    }

    /** What the store has to tell becomes records of {@code _node}. */
    static PayloadEvents records(AuditLog log) {
        return new PayloadEvents() {
            @Override
            public void lost(SortedMap<String, Long> reasons) {
                JsonObject.Builder meta = JsonObject.builder();
                reasons.forEach((reason, count) ->
                        meta.put("lost_" + reason.replaceAll("[^a-z0-9]+", "_"), count));
                append(EventType.ERROR, AuditOutcome.ERROR, "payload_store", meta.build());
            }

            @Override
            public void swept(long files, long bytes) {
                JsonObject meta =
                        JsonObject.builder().put("bytes", bytes).put("payloads", files).build();
                append(EventType.AUDIT_PRUNED, AuditOutcome.SUCCESS, "payload_sweep", meta);
            }

            private void append(
                    EventType event, AuditOutcome outcome, String operation, JsonObject meta) {
                log.append(
                        AuditDraft.builder(TenantId.NODE, event, outcome)
                                .operation(operation)
                                .meta(meta)
                                .build());
            }
        };
    }
}
