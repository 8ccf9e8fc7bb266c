package dev.mapsovereign.node;

import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.tls.TrustSet;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.gateway.Gateway;
import dev.mapsovereign.gateway.forward.EngineHosts;
import dev.mapsovereign.gateway.metrics.MetricsServer;
import dev.mapsovereign.gateway.metrics.ProcessMeters;
import dev.mapsovereign.gateway.metrics.PrometheusText;
import dev.mapsovereign.node.admin.EndpointVerbs;
import dev.mapsovereign.node.admin.ReadyReport;
import dev.mapsovereign.node.control.AdminHandler;
import dev.mapsovereign.node.control.ControlSocket;
import dev.mapsovereign.node.log.JsonLog;
import dev.mapsovereign.node.log.LogLevels;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.channels.ServerSocketChannel;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A gateway without an engine: it has no audit log, no database and no keys but those of its TLS,
 * and hands what it reads to engine hosts. What it is told to do it says in its own log only.
 */
public final class GatewayNode implements Service {
    private static final System.Logger LOG = System.getLogger(GatewayNode.class.getName());

    /** Component of readiness: no engine host takes calls. */
    private static final String ENGINES = "engines";

    /** What stands for a protocol where endpoints are named: all of them. */
    private static final String ENGINE_HOSTS = "ENGINES";

    private final NodeConfig config;
    private final Supplier<NodeConfig> reading;
    private final JsonLog log;
    private final Readiness readiness = new Readiness();
    private final StartedParts parts = new StartedParts();
    private final ReentrantLock reloading = new ReentrantLock();
    private final SettingsInForce inForce;
    private final EngineHosts hosts;
    private final Gateway gateway;
    private volatile List<X509Certificate> clientAuthorities;

    private GatewayNode(
            NodeConfig config,
            Supplier<NodeConfig> reading,
            JsonLog log,
            Optional<ServerSocketChannel> inherited) {
        this.config = config;
        this.reading = reading;
        this.log = log;
        this.inForce = new SettingsInForce(config);
        config.warnings().forEach(line -> LOG.log(System.Logger.Level.WARNING, line));
        clientAuthorities = authorities();
        MeterRegistry meters = PrometheusText.registry();
        ProcessMeters.bind(meters);
        try {
            hosts =
                    parts.keep(
                            new EngineHosts(
                                    config.engineHosts().orElseThrow(),
                                    config.engine().egress(),
                                    Node.siteTrust(config)));
            openControlSocket();
            gateway =
                    parts.keep(
                            Gateway.inFrontOf(
                                    hosts,
                                    config.gateway(),
                                    inherited,
                                    () -> clientAuthorities,
                                    this::readiness,
                                    meters));
            parts.keep(MetricsServer.start(config.metrics(), meters));
        } catch (RuntimeException e) {
            parts.close();
            throw e;
        }
        LOG.log(System.Logger.Level.INFO, "gateway is ready on " + config.gateway().bind());
    }

    /**
     * Starts it; on return calls are accepted.
     *
     * @param reading reads the configuration again, for a reload
     * @param inherited the listening socket, where the service manager made it
     * @throws OperatorException for whatever an operator can put right; nothing is left running
     *     then
     */
    public static GatewayNode start(
            NodeConfig config,
            Supplier<NodeConfig> reading,
            Optional<ServerSocketChannel> inherited) {
        JsonLog log = JsonLog.install(LogLevels.parse(config.logFilter()), System.out);
        return new GatewayNode(config, reading, log, inherited);
    }

    private List<X509Certificate> authorities() {
        return Node.agentTrust(config).map(TrustSet::anchors).orElse(List.of());
    }

    private Readiness readiness() {
        if (hosts.anyServing()) {
            readiness.clear(ENGINES);
        } else {
            readiness.set(ENGINES, "no engine host takes calls");
        }
        return readiness;
    }

    private void openControlSocket() {
        parts.keep(
                ControlSocket.open(
                        config.folders().controlSocket(),
                        Optional.empty(),
                        (verb, arguments, peer, progress) -> administer(verb, arguments)));
    }

    private JsonObject administer(String verb, JsonObject arguments) {
        return switch (verb) {
            case "ready" -> ReadyReport.json(readiness().report());
            case "reload" -> reload();
            case "endpoint.list", "endpoint.drain", "endpoint.undrain" ->
                    EndpointVerbs.run(
                            List.of(new EndpointVerbs.Group(ENGINE_HOSTS, "", hosts.hosts())),
                            change -> LOG.log(System.Logger.Level.INFO, "{0}", change),
                            verb,
                            arguments);
            default -> throw new AdminHandler.UnknownVerbException(verb);
        };
    }

    /** Levels of the log, its own certificate, and whom it trusts; all else waits for a restart. */
    @Override
    public JsonObject reload() {
        reloading.lock();
        try {
            NodeConfig newer = reading.get();
            LogLevels levels = LogLevels.parse(newer.logFilter());
            BooleanSupplier trust = hosts.readTlsAgain();
            List<X509Certificate> clients = authorities();
            boolean otherCertificate = gateway.reloadTls();
            SettingsInForce.Newer changes = inForce.against(newer);
            changes.applied("gateway.tls", otherCertificate);
            changes.applied("gateway.engines.tls", trust.getAsBoolean());
            changes.applied("gateway.tls.client_ca_file", !clients.equals(clientAuthorities));
            clientAuthorities = clients;
            if (changes.changes("log.filter")) {
                log.levels(levels);
                changes.take("log.filter"::equals);
            }
            return changes.told();
        } finally {
            reloading.unlock();
        }
    }

    @Override
    public void close() {
        readiness.set(Readiness.DRAINING, "the gateway is stopping");
        gateway.leaveInheritedSocket();
        parts.close();
        LOG.log(System.Logger.Level.INFO, "stopped");
    }
}
