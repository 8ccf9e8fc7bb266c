package dev.mapsovereign.node;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.context.AgentCertificates;
import dev.mapsovereign.engine.router.ExternalTier;
import dev.mapsovereign.engine.trace.Tracing;
import dev.mapsovereign.gateway.Gateway;
import dev.mapsovereign.gateway.tls.GatewayPeers;
import dev.mapsovereign.node.log.JsonLog;
import dev.mapsovereign.node.log.LogLevels;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Takes over what can be changed while the node runs: the levels of the log, the certificate and
 * key behind the gateway's TLS, whose certificates let clients in, the TLS files of external
 * protocols and of the trace collector, and the protocols' endpoints with their weights. Every
 * other change is named and waits for the next start, so that no node ever runs on half of a
 * configuration.
 *
 * <p>Safe for use by several threads; one reload at a time.
 */
final class Reload {
    private static final String LOG_FILTER = "log.filter";

    private final Supplier<NodeConfig> reading;
    private final JsonLog log;
    private final Gateway gateway;
    private final ExternalTier external;
    private final AgentCertificates certificates;
    private final Optional<GatewayPeers> gatewayPeers;
    private final Tracing tracing;
    private final AuditLog auditLog;
    private final ReentrantLock one = new ReentrantLock();

    private final SettingsInForce inForce;

    /**
     * @param config what the node was started with
     * @param reading reads the configuration again
     */
    Reload(
            NodeConfig config,
            Supplier<NodeConfig> reading,
            JsonLog log,
            Gateway gateway,
            ExternalTier external,
            AgentCertificates certificates,
            Optional<GatewayPeers> gatewayPeers,
            Tracing tracing,
            AuditLog auditLog) {
        this.reading = reading;
        this.log = log;
        this.gateway = gateway;
        this.external = external;
        this.certificates = certificates;
        this.gatewayPeers = gatewayPeers;
        this.tracing = tracing;
        this.auditLog = auditLog;
        this.inForce = new SettingsInForce(config);
    }

    /**
     * Reads everything again.
     *
     * @return {@code applied} and {@code needs_restart}, lists of keys
     * @throws OperatorException naming every problem; nothing is changed then
     */
    JsonObject run() {
        one.lock();
        try {
            NodeConfig newer = reading.get();
            LogLevels levels = LogLevels.parse(newer.logFilter());
            // What can fail comes first.
            BooleanSupplier upstreamTls = external.readTlsAgain();
            BooleanSupplier clientTrust = certificates.readAgain();
            Optional<BooleanSupplier> peers = gatewayPeers.map(GatewayPeers::readAgain);
            BooleanSupplier collectorTls = tracing.readTlsAgain();
            boolean otherCertificate = gateway.reloadTls();
            SettingsInForce.Newer changes = inForce.against(newer);
            changes.applied("engine.external.tls", upstreamTls.getAsBoolean());
            changes.applied("trace.tls", collectorTls.getAsBoolean());
            changes.applied("gateway.tls", otherCertificate);
            changes.applied("gateway.tls.client_ca_file", clientTrust.getAsBoolean());
            changes.applied(
                    "engine.listen.ca_file",
                    peers.map(BooleanSupplier::getAsBoolean).orElse(false));
            if (changes.changes(LOG_FILTER)) {
                log.levels(levels);
                changes.take(LOG_FILTER::equals);
            }
            for (int at : external.reloadEndpoints(newer.engine().externals())) {
                String table = "engine.external[" + at + "].endpoint";
                changes.take(key -> key.equals(table + "s") || key.startsWith(table + "["));
            }
            return tell(changes);
        } finally {
            one.unlock();
        }
    }

    /**
     * Logs by another filter until the next reload or restart, which take the configuration's
     * again; an empty one only asks.
     *
     * @return {@code filter}: what is in force now
     * @throws OperatorException with exit code 2 when the filter cannot be understood
     */
    JsonObject logLevels(String filter) {
        one.lock();
        try {
            String before = inForce.of(LOG_FILTER, NodeConfig.LOG_FILTER_DEFAULT);
            if (!filter.isEmpty()) {
                log.levels(understood(filter));
                inForce.put(LOG_FILTER, filter);
                changed(
                        JsonObject.builder()
                                .put("change", "log levels")
                                .put("filter", filter)
                                .put("before", before)
                                .build());
            }
            return JsonObject.builder().put("filter", filter.isEmpty() ? before : filter).build();
        } finally {
            one.unlock();
        }
    }

    private static LogLevels understood(String filter) {
        try {
            return LogLevels.parse(filter);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    "the filter cannot be understood: " + e.getMessage(),
                    "such as info,dev.mapsovereign.engine=debug");
        }
    }

    private void changed(JsonObject meta) {
        auditLog.append(
                AuditDraft.builder(TenantId.NODE, EventType.CONFIG_CHANGED, AuditOutcome.SUCCESS)
                        .meta(meta)
                        .build());
    }

    private JsonObject tell(SettingsInForce.Newer changes) {
        JsonObject told = changes.told();
        if (!changes.isEmpty()) {
            changed(told.toBuilder().put("change", "configuration read again").build());
        }
        return told;
    }
}
