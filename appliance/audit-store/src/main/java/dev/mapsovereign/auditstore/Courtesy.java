package dev.mapsovereign.auditstore;

import com.sun.management.OperatingSystemMXBean;
import dev.mapsovereign.auditlog.AuditLog;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * Makes the projection step back while every processor is busy and records come fast: behind each
 * append somebody waits, and for the index nobody does. Then it works an eighth of the time and
 * falls behind; the journal keeps what it missed. At any other time, a long catching-up included,
 * it does not wait at all. Used by one thread.
 */
final class Courtesy {
    private final AuditLog log;
    private final OperatingSystemMXBean system =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private long lookedNanos = System.nanoTime();
    private long records;
    private boolean stepBack;

    Courtesy(AuditLog log) {
        this.log = log;
    }

    /** Whether work should be done in small parts, with the pauses between them. */
    boolean stepsBack() {
        return stepBack;
    }

    /** How long to pause after so much work. */
    Duration pauseAfter(long workedNanos) {
        look();
        return stepBack
                ? Duration.ofNanos(workedNanos).multipliedBy(Limits.COURTESY_FACTOR)
                : Duration.ZERO;
    }

    private void look() {
        long now = System.nanoTime();
        long elapsed = now - lookedNanos;
        if (elapsed < Limits.COURTESY_LOOK.toNanos()) {
            return;
        }
        long before = records;
        records = log.status().tenants().stream().mapToLong(tenant -> tenant.head().size()).sum();
        lookedNanos = now;
        double perSecond = (records - before) * 1e9 / elapsed;
        stepBack =
                before > 0
                        && perSecond > Limits.COURTESY_APPENDS_PER_SECOND
                        && system.getCpuLoad() > Limits.COURTESY_CPU_LOAD;
    }
}
