package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Records what database or files say otherwise than the log: each finding once, and never more than
 * a bounded number, since whoever can change rows must not fill the log by that. Safe for use by
 * several threads.
 */
final class Violations {
    private static final System.Logger LOG = System.getLogger(Violations.class.getName());

    private final AuditLog log;
    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    Violations(AuditLog log) {
        this.log = log;
    }

    /** The same mismatch, once it stands in {@code _node} as a {@code SecurityViolation}. */
    AuditMismatchException recorded(AuditMismatchException mismatch) {
        TenantId tenant = mismatch.tenant();
        long index = mismatch.index();
        String finding = mismatch.finding();
        String key = tenant + " " + index + " " + finding;
        LOG.log(System.Logger.Level.ERROR, mismatch.getMessage());
        if (reported.size() < Limits.REPORTED_MAX && reported.add(key)) {
            try {
                log.append(
                        AuditDraft.builder(
                                        TenantId.NODE,
                                        EventType.SECURITY_VIOLATION,
                                        AuditOutcome.REFUSED)
                                .operation("audit_index")
                                .meta(
                                        JsonObject.builder()
                                                .put("tenant_id", tenant.value())
                                                .put("index", String.valueOf(index))
                                                .put("finding", finding)
                                                .build())
                                .build());
            } catch (AuditUnavailableException e) {
                reported.remove(key); // refused all the same, and recorded at the next look
                mismatch.addSuppressed(e);
            }
        }
        return mismatch;
    }
}
