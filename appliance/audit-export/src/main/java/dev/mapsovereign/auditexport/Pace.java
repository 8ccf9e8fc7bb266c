package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.base.identity.TenantId;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Gives way to a node at work: rests so much that computing takes a small share of one processor
 * while records are being appended, and does nothing while none are. Time in which the medium is
 * waited for is no computing. For one thread.
 */
public final class Pace {
    private final AuditLog log;
    private final LongSupplier waitedNanos;
    private long since = System.nanoTime();
    private long waitedBefore;
    private long recordsBefore;

    /**
     * @param waitedNanos how long the medium has been waited for so far
     */
    public Pace(AuditLog log, LongSupplier waitedNanos) {
        this.log = log;
        this.waitedNanos = waitedNanos;
        this.recordsBefore = records();
    }

    /** Of work that waits for no medium. */
    public Pace(AuditLog log) {
        this(log, () -> 0);
    }

    /** To be called between pieces of work of some milliseconds. */
    public void giveWay() {
        long elapsed = System.nanoTime() - since;
        if (elapsed < Limits.PACE_NANOS) {
            return;
        }
        long waited = waitedNanos.getAsLong();
        long records = records();
        long perSecond = (records - recordsBefore) * 1_000_000_000L / elapsed;
        if (perSecond > Limits.BUSY_RECORDS_PER_SECOND) {
            long worked = Math.max(0, elapsed - (waited - waitedBefore));
            long due = (long) (worked / Limits.BUSY_SHARE) - elapsed;
            rest(Math.min(due, Limits.REST_NANOS_MAX));
        }
        recordsBefore = records();
        waitedBefore = waited;
        since = System.nanoTime();
    }

    private static void rest(long nanos) {
        if (nanos > 0) {
            try {
                Thread.sleep(Duration.ofNanos(nanos));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private long records() {
        long records = 0;
        for (TenantId tenant : log.tenants()) {
            records += log.head(tenant).size();
        }
        return records;
    }
}
