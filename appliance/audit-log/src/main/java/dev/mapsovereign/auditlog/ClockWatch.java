package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.record.PreparedRecord;
import dev.mapsovereign.auditlog.record.RecordFormat;
import dev.mapsovereign.auditlog.record.RecordTime;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Optional;

/**
 * The clock of records, and a watch on it: records never claim that time only moves forward, but
 * where the clock moved otherwise than time passes, a record says so. For one thread.
 */
final class ClockWatch {
    private final Clock clock;
    private long wallMicros;
    private long nanos;

    /** What passed between two looks counts only from the second look of this process on. */
    private boolean started;

    /**
     * @param first whether no record has a time yet
     * @param lastMicros the time of the newest batch that an earlier process wrote
     */
    ClockWatch(Clock clock, boolean first, long lastMicros) {
        this.clock = clock;
        this.wallMicros = first ? RecordTime.micros(clock.instant()) : lastMicros;
        this.nanos = System.nanoTime();
    }

    /** The time now, in microseconds since 1970. */
    long micros() {
        return RecordTime.micros(clock.instant());
    }

    /**
     * The record {@code ClockStepped}, if the clock has stepped since the last call: by more than
     * the bound against the time that passed, or, over a restart, back by more than the bound.
     */
    Optional<PreparedRecord> stepped(long nowMicros) {
        long nowNanos = System.nanoTime();
        long expected = wallMicros + (started ? (nowNanos - nanos) / 1000 : 0);
        long step = nowMicros - expected;
        long bound = Limits.CLOCK_STEP.toNanos() / 1000;
        boolean stepped = step < -bound || (started && step > bound);
        wallMicros = nowMicros;
        nanos = nowNanos;
        started = true;
        return stepped ? Optional.of(record(expected, nowMicros, step)) : Optional.empty();
    }

    private static PreparedRecord record(long expected, long now, long step) {
        return RecordFormat.prepare(
                AuditDraft.builder(TenantId.NODE, EventType.CLOCK_STEPPED, AuditOutcome.SUCCESS)
                        .meta(
                                JsonObject.builder()
                                        .put("expected", text(expected))
                                        .put("found", text(now))
                                        .put("step_us", step)
                                        .build())
                        .build());
    }

    private static String text(long micros) {
        return new String(RecordTime.ascii(micros), StandardCharsets.US_ASCII);
    }
}
