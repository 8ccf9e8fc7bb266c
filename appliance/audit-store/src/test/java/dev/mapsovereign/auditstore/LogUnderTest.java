package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.testing.ManualClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** A real log in a small folder, and records of several kinds for it. */
final class LogUnderTest implements AutoCloseable {
    static final TenantId ACME = TenantId.of("acme");
    static final TenantId ZETA = TenantId.of("zeta");
    static final String ALICE = "did:oas:l1fe:agent:alice";
    static final Instant BEGINNING = Instant.parse("2026-03-31T23:59:58Z");

    private final AuditLogConfig config;
    private final ManualClock clock;
    private AuditLog log;

    LogUnderTest(Path folder, String name) {
        clock = new ManualClock(BEGINNING);
        config =
                new AuditLogConfig(
                        folder,
                        new NodeName(name),
                        Secret.copyOf(new byte[32]),
                        Ed25519.jdk(),
                        clock,
                        8 << 20,
                        1 << 20,
                        0,
                        Duration.ofMinutes(10),
                        Duration.ofSeconds(20),
                        1L << 40);
        log = AuditLog.open(config);
        log.createTenant(ACME);
        log.createTenant(ZETA);
    }

    AuditLog log() {
        return log;
    }

    void reopen() {
        log.close();
        log = AuditLog.open(config);
    }

    /** A successful call of MAX, by nobody in particular; the clock goes on by a second. */
    CorrelationId append(TenantId tenant) {
        return append(tenant, "MAX", "audit_query", AuditOutcome.SUCCESS);
    }

    CorrelationId append(TenantId tenant, String protocol, String operation, AuditOutcome outcome) {
        clock.advance(Duration.ofSeconds(1));
        CorrelationId id = CorrelationId.random();
        AuditDraft.Builder draft =
                AuditDraft.builder(
                                tenant,
                                outcome == AuditOutcome.SUCCESS
                                        ? EventType.PROTOCOL_INVOCATION
                                        : EventType.SECURITY_VIOLATION,
                                outcome)
                        .correlationId(id)
                        .protocol(protocol)
                        .operation(operation);
        if (outcome == AuditOutcome.REFUSED) {
            draft.callerDid(ALICE).stage("security_gating").code(ErrorCode.CAPABILITY_DENIED);
        }
        log.append(draft.build());
        return id;
    }

    void append(TenantId tenant, int count) {
        for (int i = 0; i < count; i++) {
            append(tenant);
        }
    }

    long size(TenantId tenant) {
        return log.head(tenant).size();
    }

    @Override
    public void close() {
        log.close();
    }
}
