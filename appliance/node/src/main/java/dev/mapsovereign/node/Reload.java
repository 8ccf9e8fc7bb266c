package dev.mapsovereign.node;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.config.EffectiveSetting;
import dev.mapsovereign.engine.context.AgentCertificates;
import dev.mapsovereign.engine.router.ExternalTier;
import dev.mapsovereign.engine.trace.Tracing;
import dev.mapsovereign.gateway.Gateway;
import dev.mapsovereign.gateway.tls.GatewayPeers;
import dev.mapsovereign.node.log.JsonLog;
import dev.mapsovereign.node.log.LogLevels;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

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
    private static final System.Logger LOG = System.getLogger(Reload.class.getName());
    private static final String LOG_FILTER = "log.filter";

    /** Sources of what nobody said; some of those values depend on the moment. */
    private static final Set<String> UNSAID = Set.of("default", "absent");

    private final Supplier<NodeConfig> reading;
    private final JsonLog log;
    private final Gateway gateway;
    private final ExternalTier external;
    private final AgentCertificates certificates;
    private final Optional<GatewayPeers> gatewayPeers;
    private final Tracing tracing;
    private final AuditLog auditLog;
    private final ReentrantLock one = new ReentrantLock();

    /** What this node runs on, by key. */
    private final Map<String, String> inForce;

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
        this.inForce = new TreeMap<>(values(config));
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
            List<String> applied = new ArrayList<>();
            if (upstreamTls.getAsBoolean()) {
                applied.add("engine.external.tls");
            }
            if (collectorTls.getAsBoolean()) {
                applied.add("trace.tls");
            }
            if (otherCertificate) {
                applied.add("gateway.tls");
            }
            if (clientTrust.getAsBoolean()) {
                applied.add("gateway.tls.client_ca_file");
            }
            if (peers.isPresent() && peers.get().getAsBoolean()) {
                applied.add("engine.listen.ca_file");
            }
            Map<String, String> wanted = values(newer);
            Set<String> changed = changed(wanted);
            if (changed.contains(LOG_FILTER)) {
                log.levels(levels);
                take(LOG_FILTER, wanted, changed, applied);
            }
            for (int at : external.reloadEndpoints(newer.engine().externals())) {
                String table = "engine.external[" + at + "].endpoint";
                List.copyOf(changed).stream()
                        .filter(key -> key.equals(table + "s") || key.startsWith(table + "["))
                        .forEach(key -> take(key, wanted, changed, applied));
            }
            return tell(applied, changed, wanted);
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
            String before = inForce.getOrDefault(LOG_FILTER, NodeConfig.LOG_FILTER_DEFAULT);
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

    private void take(
            String key, Map<String, String> wanted, Set<String> changed, List<String> applied) {
        changed.remove(key);
        applied.add(key);
        inForce.remove(key);
        if (wanted.containsKey(key)) {
            inForce.put(key, wanted.get(key));
        }
    }

    private JsonObject tell(List<String> applied, Set<String> waiting, Map<String, String> wanted) {
        waiting.forEach(key ->
                LOG.log(
                        System.Logger.Level.WARNING,
                        "configuration: {0} is {1} in force and {2} in the file; restart to take it",
                        key,
                        inForce.getOrDefault(key, "its default"),
                        wanted.getOrDefault(key, "its default")));
        LOG.log(
                System.Logger.Level.INFO,
                "configuration read again, applied: "
                        + (applied.isEmpty() ? "nothing had changed" : String.join(", ", applied)));
        JsonObject told =
                JsonObject.builder()
                        .put("applied", texts(applied))
                        .put("needs_restart", texts(waiting))
                        .build();
        if (!applied.isEmpty() || !waiting.isEmpty()) {
            changed(
                    JsonObject.builder()
                            .put("change", "configuration read again")
                            .put("applied", texts(applied))
                            .put("needs_restart", texts(waiting))
                            .build());
        }
        return told;
    }

    private Set<String> changed(Map<String, String> wanted) {
        Set<String> keys = new TreeSet<>(inForce.keySet());
        keys.addAll(wanted.keySet());
        keys.removeIf(key -> inForce.getOrDefault(key, "").equals(wanted.getOrDefault(key, "")));
        return keys;
    }

    private static Map<String, String> values(NodeConfig config) {
        return config.settings().stream()
                .filter(setting -> !UNSAID.contains(setting.source()))
                .collect(Collectors.toMap(EffectiveSetting::key, EffectiveSetting::value));
    }

    private static JsonArray texts(Iterable<String> keys) {
        List<JsonValue> values = new ArrayList<>();
        keys.forEach(key -> values.add(new JsonString(key)));
        return new JsonArray(values);
    }
}
