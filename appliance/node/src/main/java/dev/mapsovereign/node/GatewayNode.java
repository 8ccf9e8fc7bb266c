package dev.mapsovereign.node;

import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.tls.TrustSet;
import dev.mapsovereign.engine.balance.EndpointState;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.gateway.Gateway;
import dev.mapsovereign.gateway.forward.EngineHosts;
import dev.mapsovereign.gateway.metrics.MetricsServer;
import dev.mapsovereign.gateway.metrics.ProcessMeters;
import dev.mapsovereign.gateway.metrics.PrometheusText;
import dev.mapsovereign.node.admin.ReadyReport;
import dev.mapsovereign.node.control.AdminHandler;
import dev.mapsovereign.node.control.ControlSocket;
import dev.mapsovereign.node.log.JsonLog;
import dev.mapsovereign.node.log.LogLevels;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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

    private final NodeConfig config;
    private final Supplier<NodeConfig> reading;
    private final JsonLog log;
    private final Readiness readiness = new Readiness();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final ReentrantLock reloading = new ReentrantLock();
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
        config.warnings().forEach(line -> LOG.log(System.Logger.Level.WARNING, line));
        clientAuthorities = authorities();
        MeterRegistry meters = PrometheusText.registry();
        ProcessMeters.bind(meters);
        try {
            hosts =
                    keep(
                            new EngineHosts(
                                    config.engineHosts().orElseThrow(),
                                    config.engine().egress(),
                                    Node.siteTrust(config)));
            openControlSocket();
            gateway =
                    keep(
                            Gateway.inFrontOf(
                                    hosts,
                                    config.gateway(),
                                    inherited,
                                    () -> clientAuthorities,
                                    this::readiness,
                                    meters));
            keep(MetricsServer.start(config.metrics(), meters));
        } catch (RuntimeException e) {
            closeParts();
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

    private <T extends AutoCloseable> T keep(T part) {
        started.push(part);
        return part;
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
        try {
            Files.createDirectories(config.folders().run());
        } catch (IOException e) {
            throw new UncheckedIOException("couldn't make " + config.folders().run(), e);
        }
        keep(
                ControlSocket.open(
                        config.folders().controlSocket(),
                        Optional.empty(),
                        (verb, arguments, peer, progress) -> administer(verb)));
    }

    private JsonObject administer(String verb) {
        return switch (verb) {
            case "ready" -> ReadyReport.json(readiness().report());
            case "reload" -> reload();
            case "endpoint.list" -> endpoints();
            default -> throw new AdminHandler.UnknownVerbException(verb);
        };
    }

    private JsonObject endpoints() {
        List<JsonValue> rows = new ArrayList<>();
        for (EndpointState host : hosts.hosts()) {
            rows.add(
                    JsonObject.builder()
                            .put("endpoint", host.endpoint().name())
                            .put("condition", host.condition())
                            .put("in_flight", host.inFlight())
                            .put("answered", host.successes())
                            .put("failed", host.failures())
                            .put("ejections", host.ejections())
                            .build());
        }
        return JsonObject.builder().put("endpoints", new JsonArray(rows)).build();
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
            List<JsonValue> applied = new ArrayList<>();
            if (gateway.reloadTls()) {
                applied.add(new JsonString("gateway.tls"));
            }
            if (trust.getAsBoolean()) {
                applied.add(new JsonString("gateway.engines.tls"));
            }
            if (!clients.equals(clientAuthorities)) {
                applied.add(new JsonString("gateway.tls.client_ca_file"));
            }
            clientAuthorities = clients;
            if (!newer.logFilter().equals(config.logFilter())) {
                applied.add(new JsonString("log.filter"));
            }
            log.levels(levels);
            LOG.log(
                    System.Logger.Level.INFO,
                    "configuration read again, applied: {0}",
                    new JsonArray(applied));
            return JsonObject.builder()
                    .put("applied", new JsonArray(applied))
                    .put("needs_restart", JsonArray.EMPTY)
                    .build();
        } finally {
            reloading.unlock();
        }
    }

    @Override
    public void close() {
        readiness.set(Readiness.DRAINING, "the gateway is stopping");
        gateway.leaveInheritedSocket();
        closeParts();
        LOG.log(System.Logger.Level.INFO, "stopped");
    }

    private void closeParts() {
        while (!started.isEmpty()) {
            AutoCloseable part = started.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "couldn't close " + part.getClass().getSimpleName(),
                        e);
            }
        }
    }
}
