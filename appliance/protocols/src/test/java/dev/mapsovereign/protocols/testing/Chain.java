package dev.mapsovereign.protocols.testing;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.auditstore.AuditIndex;
import dev.mapsovereign.auditstore.AuditProjection;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hkdf;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.database.Database;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** A real audit log with its projection into a real embedded database. */
public final class Chain implements AutoCloseable {
    public static final TenantId ACME = TenantId.of("acme");
    public static final TenantId BOLT = TenantId.of("bolt");
    public static final String SCOUT = "did:oas:acme:agent:scout";

    private static final byte[] SEED =
            "a seed of thirty-two bytes, fine".getBytes(StandardCharsets.US_ASCII);
    private static final long SEGMENT_BYTES = 8L << 20;

    public final AuditLog log;
    public final Database database;
    public final AuditIndex index;
    public final AuditProjection projection;

    /**
     * A chain below that folder, for both tenants; the projection into that database follows it.
     */
    public Chain(Path folder, Database database) {
        log =
                AuditLog.open(
                        AuditLogConfig.defaults(
                                        folder.resolve("audit"),
                                        NodeName.of("site"),
                                        Secret.copyOf(SEED),
                                        Ed25519.jdk())
                                .withSpace(SEGMENT_BYTES, SEGMENT_BYTES / 4, 0, 1L << 40)
                                .withTimes(Duration.ofHours(1), Duration.ofSeconds(60)));
        log.createTenant(ACME);
        log.createTenant(BOLT);
        this.database = database;
        index = new AuditIndex(database, log);
        projection = new AuditProjection(log, database);
        projection.start();
    }

    /** What a thief of the log seed signs with: the key of a tenant's log, derived as it is. */
    public NoteSigner logKey(TenantId tenant) {
        String origin = log.origin(tenant);
        byte[] info =
                ("map/log-key/v1\n" + origin + "\n0\ned25519").getBytes(StandardCharsets.US_ASCII);
        return NoteSigners.ed25519(
                origin, Hkdf.sha256(SEED, new byte[0], info, SEED.length), Ed25519.jdk());
    }

    /** A call of that tenant that succeeded. */
    public RecordReference success(
            TenantId tenant, String protocol, String operation, CorrelationId call, String meta) {
        return log.append(
                draft(tenant, EventType.PROTOCOL_INVOCATION, AuditOutcome.SUCCESS, call)
                        .protocol(protocol)
                        .version("v1.0.0")
                        .operation(operation)
                        .meta(Caller.json(meta))
                        .build());
    }

    /** The beginning of a record of that tenant, by the usual caller. */
    public static AuditDraft.Builder draft(
            TenantId tenant, EventType event, AuditOutcome outcome, CorrelationId call) {
        return AuditDraft.builder(tenant, event, outcome)
                .correlationId(call)
                .callerDid(SCOUT)
                .latencyMicros(250)
                .meta(JsonObject.EMPTY);
    }

    @Override
    public void close() {
        projection.close();
        database.close();
        log.close();
    }
}
