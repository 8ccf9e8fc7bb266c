package dev.mapsovereign.benchmarks;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Callers that append records as fast as they are answered, each waiting for its answer. */
final class JournalLoad {
    /** A record without a filler, with the digests of a dispatched call and without. */
    private static final int WITH_DIGESTS_BYTES = 478;

    private static final int PLAIN_BYTES = 317;
    private static final int FILLER_BYTES = "\"meta\":{\"f\":\"\"},".length();

    private final AuditLog log;
    private final List<TenantId> tenants = new ArrayList<>();
    private final int callers;
    private final boolean virtual;
    private final int recordBytes;

    /** What a run came to. */
    record Result(double seconds, LatencyRecorder latencies) {
        double rate() {
            return latencies.total() / seconds;
        }
    }

    /** Gives the tenants their logs. */
    JournalLoad(AuditLog log, int tenants, int callers, boolean virtual, int recordBytes) {
        this.log = log;
        this.callers = callers;
        this.virtual = virtual;
        this.recordBytes = recordBytes;
        for (int i = 0; i < tenants; i++) {
            this.tenants.add(TenantId.of("t" + i));
            log.createTenant(this.tenants.getLast());
        }
    }

    /** For so many seconds. */
    Result runFor(double seconds) throws InterruptedException {
        AtomicBoolean stop = new AtomicBoolean();
        return run(stop, new AtomicLong(Long.MAX_VALUE), seconds);
    }

    /** So many records in all. */
    Result append(long records) throws InterruptedException {
        return run(new AtomicBoolean(), new AtomicLong(records), 0);
    }

    private Result run(AtomicBoolean stop, AtomicLong left, double seconds)
            throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        List<LatencyRecorder> recorders = new ArrayList<>();
        Thread.Builder builder = virtual ? Thread.ofVirtual() : Thread.ofPlatform();
        long began = System.nanoTime();
        for (int caller = 0; caller < callers; caller++) {
            int number = caller;
            LatencyRecorder latencies = new LatencyRecorder();
            recorders.add(latencies);
            threads.add(
                    builder.name("caller-" + number)
                            .start(() -> call(number, stop, left, latencies)));
        }
        if (seconds > 0) {
            Thread.sleep((long) (seconds * 1000));
            stop.set(true);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        double took = (System.nanoTime() - began) / 1e9;
        LatencyRecorder all = new LatencyRecorder();
        recorders.forEach(all::add);
        return new Result(took, all);
    }

    private void call(int number, AtomicBoolean stop, AtomicLong left, LatencyRecorder latencies) {
        for (long call = number; !stop.get() && left.getAndDecrement() > 0; call += callers) {
            AuditDraft draft = draft(tenants.get((int) (call % tenants.size())), call);
            long began = System.nanoTime();
            log.append(draft);
            latencies.record(System.nanoTime() - began);
        }
    }

    /** As a dispatched call leaves it, filled up to the length that was asked for. */
    private AuditDraft draft(TenantId tenant, long call) {
        AuditDraft.Builder draft =
                AuditDraft.builder(tenant, EventType.PROTOCOL_INVOCATION, AuditOutcome.SUCCESS)
                        .correlationId(
                                new CorrelationId(
                                        new UUID(call << 16 | 0x4000, Long.MIN_VALUE | call)))
                        .callerDid("did:oas:acme:agent:bench")
                        .protocol("MAX")
                        .version("v1.0.0")
                        .operation("audit_query")
                        .latencyMicros(123);
        boolean digests = recordBytes >= WITH_DIGESTS_BYTES;
        if (digests) {
            draft.inputHmac("ab".repeat(32)).outputHmac("cd".repeat(32));
        }
        int rest = recordBytes - (digests ? WITH_DIGESTS_BYTES : PLAIN_BYTES) - FILLER_BYTES;
        if (rest > 0) {
            draft.meta(JsonObject.builder().put("f", "x".repeat(Math.min(rest, 256))).build());
        }
        return draft.build();
    }
}
