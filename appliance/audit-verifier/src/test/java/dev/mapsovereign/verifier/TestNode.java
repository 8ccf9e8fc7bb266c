package dev.mapsovereign.verifier;

import dev.mapsovereign.auditexport.AuditExporter;
import dev.mapsovereign.auditexport.ExportConfig;
import dev.mapsovereign.auditexport.ExportProgress;
import dev.mapsovereign.auditexport.ExportReport;
import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** A real audit log with a real exporter, in a folder of a test. */
final class TestNode implements AutoCloseable {
    private static final int APPENDS_AT_ONCE = 512;

    private final Path folder;
    private Secret seed;
    private final String name;
    private AuditLog log;

    private TestNode(Path folder, String name, byte[] seed) {
        this.folder = folder;
        this.name = name;
        this.seed = Secret.copyOf(seed);
        this.log = open();
    }

    /** A new node; of equal names and seeds the journals still differ. */
    static TestNode create(Path folder, String name) {
        return new TestNode(folder, name, new byte[32]);
    }

    private AuditLog open() {
        return AuditLog.open(
                AuditLogConfig.defaults(folder, new NodeName(name), seed, Ed25519.jdk())
                        .withSpace(16L << 20, 1L << 20, 0, 1L << 40));
    }

    /** Closes the log and opens it again, as a restart does. */
    void restart() {
        log.close();
        log = open();
    }

    /** Rotates the log keys to those of a seed, and forgets the one before. */
    TestNode rotate(int word) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) word);
        Secret next = Secret.copyOf(bytes);
        exporter().withoutExports(() -> log.rotateKeys(next, step -> {}));
        seed.close();
        seed = next;
        return this;
    }

    AuditLog log() {
        return log;
    }

    Path folder() {
        return folder;
    }

    AuditExporter exporter() {
        return new AuditExporter(new ExportConfig(folder, "0.1.0", Clock.systemUTC()));
    }

    /** Exports all that the medium lacks. */
    ExportReport export(Path medium) {
        return export(ExportRequest.all(medium));
    }

    ExportReport export(ExportRequest request) {
        return exporter().export(request, log, ExportProgress.NONE);
    }

    /** The node's folder on a medium. */
    Path nodeFolder(Path medium) {
        return medium.resolve("MAP-AUDIT").resolve(log.node());
    }

    /** Creates tenants. */
    TestNode tenants(String... tenants) {
        for (String tenant : tenants) {
            log.createTenant(TenantId.of(tenant));
        }
        return this;
    }

    /** Appends records of calls, many at once, so that they share syncs. */
    TestNode append(String tenant, int count) {
        TenantId id = TenantId.of(tenant);
        Semaphore slots = new Semaphore(APPENDS_AT_ONCE);
        List<Future<RecordReference>> pending = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < count; i++) {
                AuditDraft draft = draft(id, i);
                slots.acquireUninterruptibly();
                pending.add(
                        threads.submit(() -> {
                            try {
                                return log.append(draft);
                            } finally {
                                slots.release();
                            }
                        }));
            }
        }
        // Throws what any of them threw.
        pending.forEach(Future::resultNow);
        return this;
    }

    /** Appends until the log has that many records. */
    TestNode fillTo(String tenant, long size) {
        return append(tenant, (int) (size - log.head(TenantId.of(tenant)).size()));
    }

    private static AuditDraft draft(TenantId tenant, int number) {
        return AuditDraft.builder(tenant, EventType.PROTOCOL_INVOCATION, AuditOutcome.SUCCESS)
                .correlationId(CorrelationId.random())
                .callerDid("did:oas:example:agent:tester-\u00e9\u20ac\ud83d\ude00")
                .protocol("MAX")
                .version("v1.0.0")
                .operation("audit_query")
                .latencyMicros(1200 + number)
                .inputHmac("ab".repeat(32))
                .outputHmac("cd".repeat(32))
                .meta(JsonObject.builder().put("note", "line\n\t\"quoted\"\u0001").build())
                .build();
    }

    /** A trust file with the node's own key alone. */
    Path trustFile(Path folder) {
        try {
            Path file = folder.resolve(log.node() + ".policy");
            Files.writeString(file, "log " + log.nodeKey().vkey() + "\nquorum none\n");
            return file;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        log.close();
        seed.close();
    }
}
