package dev.mapsovereign.auditlog;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Logs for tests: small segments, checkpoints only when asked for. */
final class TestLog {
    static final TenantId ACME = TenantId.of("acme");
    static final TenantId BOLT = TenantId.of("bolt");
    static final long SEGMENT_BYTES = 4L << 20;

    private static final byte[] SEED =
            "a seed of thirty-two bytes, fine".getBytes(StandardCharsets.US_ASCII);

    private TestLog() {}

    static AuditLogConfig config(Path folder) {
        return AuditLogConfig.defaults(
                        folder, NodeName.of("site"), Secret.copyOf(SEED), Ed25519.jdk())
                .withSpace(SEGMENT_BYTES, SEGMENT_BYTES / 4, 0, 1L << 40)
                .withTimes(Duration.ofHours(1), Duration.ofSeconds(60));
    }

    /** The same with another seed. */
    static AuditLogConfig with(AuditLogConfig config, Secret seed) {
        return new AuditLogConfig(
                config.folder(),
                config.nodeName(),
                seed,
                config.ed25519(),
                config.clock(),
                config.segmentBytes(),
                config.reserveBytes(),
                config.floorBytes(),
                config.checkpointInterval(),
                config.appendDeadline(),
                config.tenantQuotaBytes());
    }

    /** Opens and gives both test tenants their logs. */
    static AuditLog open(Path folder) {
        return open(config(folder));
    }

    static AuditLog open(AuditLogConfig config) {
        AuditLog log = AuditLog.open(config);
        if (log.status().node().isPresent()) {
            log.createTenant(ACME);
            log.createTenant(BOLT);
        }
        return log;
    }

    static AuditDraft draft(TenantId tenant, String operation) {
        return AuditDraft.builder(tenant, EventType.PROTOCOL_INVOCATION, AuditOutcome.SUCCESS)
                .correlationId(CorrelationId.random())
                .callerDid("did:oas:example:agent:one")
                .protocol("MAX")
                .version("v1.0.0")
                .operation(operation)
                .latencyMicros(250)
                .build();
    }

    /** A draft whose record has about so many bytes. */
    static AuditDraft draftOf(TenantId tenant, int bytes) {
        JsonObject.Builder meta = JsonObject.builder();
        for (int i = 0; i * 200 < bytes; i++) {
            meta.put("filler_" + i, "x".repeat(185));
        }
        return AuditDraft.builder(tenant, EventType.PROTOCOL_INVOCATION, AuditOutcome.SUCCESS)
                .meta(meta.build())
                .build();
    }

    static void append(AuditLog log, TenantId tenant, int count) {
        for (int i = 0; i < count; i++) {
            log.append(draft(tenant, "operation_" + i));
        }
    }

    /** Many at once, so that many are in a batch. */
    static void appendAtOnce(AuditLog log, TenantId tenant, int count) {
        List<Thread> threads =
                Stream.generate(() -> Thread.ofVirtual().unstarted(() -> append(log, tenant, 1)))
                        .limit(count)
                        .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A copy of a folder, as a crash at this moment would leave it but for what is unsynced. */
    static Path copy(Path folder, Path to) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.toList()) {
                Path target = to.resolve(folder.relativize(each).toString());
                String name = String.valueOf(each.getFileName());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else if (!name.equals("lock") && !name.startsWith("standby")) {
                    // The lock must not be opened by anybody while it is held.
                    Files.copy(each, target);
                }
            }
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** To be called while a condition is waited for: leaves the processor to others. */
    static void breathe() {
        LockSupport.parkNanos(1_000_000);
    }

    static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
