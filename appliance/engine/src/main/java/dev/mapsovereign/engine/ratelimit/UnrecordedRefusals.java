package dev.mapsovereign.engine.ratelimit;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.StageName;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the refusals that get no record of their own, and writes the count: at most one record a
 * second. Without this a flood of refusals would fill the disk that the log needs.
 */
public final class UnrecordedRefusals {
    private final AuditSink log;
    private final AtomicLong counted = new AtomicLong();

    /** Writes into the node's own chain of that log. */
    public UnrecordedRefusals(AuditSink log) {
        this.log = log;
    }

    /** One refusal. */
    public void count() {
        counted.incrementAndGet();
    }

    /** Writes what was counted since the last time; what cannot be written now stays counted. */
    public void write() {
        long count = counted.getAndSet(0);
        if (count == 0) {
            return;
        }
        JsonObject meta =
                JsonObject.builder()
                        .put("count", count)
                        .put("period_ms", Limits.UNRECORDED_INTERVAL.toMillis())
                        .put("scope", "unverified")
                        .build();
        try {
            log.append(
                    AuditDraft.builder(
                                    TenantId.NODE,
                                    EventType.RATE_LIMIT_EXCEEDED,
                                    AuditOutcome.REFUSED)
                            .code(ErrorCode.RATE_LIMITED)
                            .stage(StageName.RATE_LIMITING.wire())
                            .meta(meta)
                            .build());
        } catch (AuditUnavailableException unavailable) {
            counted.addAndGet(count);
        }
    }
}
