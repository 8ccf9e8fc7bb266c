package dev.mapsovereign.engine;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.engine.agreement.Agreements;
import dev.mapsovereign.engine.capability.Grants;
import dev.mapsovereign.engine.context.AgentCertificates;
import dev.mapsovereign.engine.context.ApiKeys;
import dev.mapsovereign.engine.context.DidAuthSessions;
import dev.mapsovereign.engine.context.IdentityDirectory;
import dev.mapsovereign.engine.context.NodeIdentity;
import dev.mapsovereign.engine.context.Tenants;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.policy.Policies;
import dev.mapsovereign.engine.ratelimit.SharedLimits;
import dev.mapsovereign.engine.result.Digests;
import dev.mapsovereign.engine.trace.Tracing;
import dev.mapsovereign.plugin.PluginHost;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * What the engine is put together from. Whoever makes these closes them, after the engine.
 *
 * @param log where records go
 * @param digests keys for the digests in records
 * @param database keys, grants, tenants, idempotency results
 * @param apiKeys the keys of callers
 * @param grants their capabilities
 * @param agreements their delegations and treaties
 * @param policies what of that is refused all the same
 * @param tenants their tenants
 * @param sessions their DidAuth sessions
 * @param certificates who is let in by a client certificate
 * @param identities what is known of their DIDs
 * @param node who the node is
 * @param modules the native tier
 * @param plugins the WASM tier
 * @param siteTrust the site's own authority, whom the external tier trusts where a route names
 *     nobody else
 * @param shared by which several nodes keep limits together
 * @param tracing which calls are traced, and who is told
 * @param readiness told about draining, database and audit log
 * @param ed25519 verifies signatures of treaty calls
 * @param registry where metrics go
 * @param clock wall clock
 */
public record EngineParts(
        AuditLog log,
        Digests digests,
        Database database,
        ApiKeys apiKeys,
        Grants grants,
        Agreements agreements,
        Policies policies,
        Tenants tenants,
        DidAuthSessions sessions,
        AgentCertificates certificates,
        IdentityDirectory identities,
        NodeIdentity node,
        List<ProtocolModule> modules,
        Optional<PluginHost> plugins,
        Optional<TrustFiles> siteTrust,
        Optional<SharedLimits> shared,
        Tracing tracing,
        Readiness readiness,
        Ed25519 ed25519,
        MeterRegistry registry,
        Clock clock) {
    /** Copies the list. */
    public EngineParts {
        modules = List.copyOf(modules);
    }
}
