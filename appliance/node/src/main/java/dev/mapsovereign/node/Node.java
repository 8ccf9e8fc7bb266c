package dev.mapsovereign.node;

import dev.mapsovereign.auditexport.receipt.Receipts;
import dev.mapsovereign.auditlog.AuditLogStatus;
import dev.mapsovereign.auditlog.DigestKeys;
import dev.mapsovereign.auditlog.payload.PayloadStore;
import dev.mapsovereign.auditstore.AuditFeedProvider;
import dev.mapsovereign.auditstore.AuditIndex;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.base.tls.TrustSet;
import dev.mapsovereign.ca.RevocationList;
import dev.mapsovereign.engine.Engine;
import dev.mapsovereign.engine.EngineParts;
import dev.mapsovereign.engine.capability.EffectiveCapabilities;
import dev.mapsovereign.engine.context.AgentCertificates;
import dev.mapsovereign.engine.context.DidAuthSessions;
import dev.mapsovereign.engine.context.NodeIdentity;
import dev.mapsovereign.engine.context.TenantMembers;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.engine.result.Digests;
import dev.mapsovereign.engine.router.ExternalTier;
import dev.mapsovereign.engine.trace.Tracing;
import dev.mapsovereign.gateway.EngineListenConfig;
import dev.mapsovereign.gateway.Gateway;
import dev.mapsovereign.gateway.GatewayConfig;
import dev.mapsovereign.gateway.metrics.MetricsServer;
import dev.mapsovereign.gateway.metrics.ProcessMeters;
import dev.mapsovereign.gateway.metrics.PrometheusText;
import dev.mapsovereign.gateway.tls.GatewayPeers;
import dev.mapsovereign.node.admin.AdminVerbs;
import dev.mapsovereign.node.admin.EndpointVerbs;
import dev.mapsovereign.node.admin.ReadyReport;
import dev.mapsovereign.node.admin.TraceVerbs;
import dev.mapsovereign.node.control.ControlSocket;
import dev.mapsovereign.node.identity.RegistryIdentities;
import dev.mapsovereign.node.log.JsonLog;
import dev.mapsovereign.node.log.LogLevels;
import dev.mapsovereign.node.time.SiteWatch;
import dev.mapsovereign.plugin.PluginEvent;
import dev.mapsovereign.plugin.PluginHost;
import dev.mapsovereign.protocols.NativeModules;
import dev.mapsovereign.registry.serve.MirrorServer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A running node: the one place that knows every part. Parts start in the order in which they need
 * each other and stop in reverse.
 */
public final class Node implements Service {
    private static final System.Logger LOG = System.getLogger(Node.class.getName());
    private static final String WITHOUT_RECEIPT = "map_audit_records_without_receipt";

    /** Long enough for a server that recovers from a crash, short enough for whoever waits. */
    private static final Duration DATABASE_START_MAX = Duration.ofSeconds(60);

    private static final Duration DATABASE_LOOK = Duration.ofSeconds(5);
    private static final Duration DATABASE_PAUSE = Duration.ofMillis(200);

    /** After these, what is trusted may be something else. */
    private static final Set<String> AUTHORITY_VERBS =
            Set.of("ca.crl", "ca.revoke", "ca.renew", "ca.init", "ca.import");

    private final NodeConfig config;
    private final Optional<ServerSocketChannel> inherited;
    private final NodeCore core;
    private final Readiness readiness = new Readiness();
    private final StartedParts parts = new StartedParts();
    private final SiteWatch watch;
    private Optional<Engine> engine = Optional.empty();

    /** Before the engine starts it traces nothing. */
    private volatile Tracing tracing = Tracing.off();

    private volatile Optional<Gateway> gateway = Optional.empty();

    /** Which gateways get in, at an engine host. */
    private Optional<GatewayPeers> gatewayPeers = Optional.empty();

    /** Once the gateway listens. */
    private volatile Optional<Reload> reload = Optional.empty();

    /** Run after an import: what was known of identities is asked anew. */
    private volatile Runnable identitiesChanged = () -> {};

    private Node(NodeConfig config, Optional<ServerSocketChannel> inherited) {
        this.config = config;
        this.inherited = inherited;
        this.core = NodeCore.open(config);
        this.watch = new SiteWatch(core, readiness);
    }

    /**
     * Starts everything; on return calls are accepted.
     *
     * @param reading reads the configuration again, for a reload
     * @param inherited the gateway's listening socket, where the service manager made it
     * @throws dev.mapsovereign.base.error.OperatorException for whatever an operator can put right;
     *     nothing is left running then
     */
    public static Node start(
            NodeConfig config,
            Supplier<NodeConfig> reading,
            Optional<ServerSocketChannel> inherited) {
        JsonLog log = JsonLog.install(LogLevels.parse(config.logFilter()), System.out);
        Node node = new Node(config, inherited);
        try {
            node.start(reading, log);
            return node;
        } catch (RuntimeException e) {
            node.closeParts();
            throw e;
        }
    }

    private void start(Supplier<NodeConfig> reading, JsonLog log) {
        requireNetwork();
        readiness.set(Readiness.STARTING, "the node is starting");
        config.warnings().forEach(line -> LOG.log(System.Logger.Level.WARNING, line));
        Optional<AuditFeedProvider> kafka = core.kafkaProvider();
        requireSoundLog();
        awaitDatabase();
        core.projection();
        kafka.ifPresent(provider -> core.startKafka(provider, config.kafka().orElseThrow()));
        openControlSocket();
        watch.lookAtClock();
        nodeEvent(
                EventType.NODE_STARTED,
                JsonObject.builder()
                        .put("report_key", core.reportSigner().key().vkey())
                        .put("version", core.build().version())
                        .build());
        core.tenants();
        PluginHost plugins =
                keep(PluginHost.open(config.plugins(), core.ed25519(), this::pluginEvent));
        MeterRegistry meters = PrometheusText.registry();
        ProcessMeters.bind(meters);
        // The mirror's server takes as long as the engine, and waits for nothing of it.
        Future<MirrorServer> mirror = beside(this::startMirror);
        try {
            startEngine(plugins, meters);
        } finally {
            keep(done(mirror));
        }
        Gauge.builder(WITHOUT_RECEIPT, core.receipts(), Receipts::withoutReceipt)
                .description("Durable records that no off-site receipt covers yet.")
                .strongReference(true)
                .register(meters);
        Engine running = engine.orElseThrow();
        watch.guard(running, meters);
        Gateway edge = keep(openEdge(running, meters));
        gateway = Optional.of(edge);
        reload =
                Optional.of(
                        new Reload(
                                config,
                                reading,
                                log,
                                edge,
                                running.external(),
                                running.certificates(),
                                gatewayPeers,
                                tracing,
                                core.auditLog()));
        keep(watch).start(edge::certificates);
        keep(MetricsServer.start(config.metrics(), meters));
        readiness.clear(Readiness.STARTING);
        LOG.log(
                System.Logger.Level.INFO,
                "node "
                        + core.auditLog().node()
                        + (readiness.ready() ? " is ready on " : " is in repair mode on ")
                        + config.gateway().bind());
    }

    /** Where calls come in: from callers, or at an engine host from gateways. */
    private Gateway openEdge(Engine running, MeterRegistry meters) {
        EngineDispatcher dispatcher = new EngineDispatcher(running);
        if (config.role() != Role.ENGINE) {
            return Gateway.start(
                    config.gateway(),
                    inherited,
                    dispatcher,
                    running.schemas()::find,
                    running.certificates()::authorities,
                    readiness,
                    meters);
        }
        EngineListenConfig listen = config.engineListen().orElseThrow();
        GatewayPeers peers =
                new GatewayPeers(listen.trust().orElseGet(this::siteTrust), listen.gateways());
        gatewayPeers = Optional.of(peers);
        return Gateway.behindGateways(
                peers,
                config.gateway(),
                inherited,
                dispatcher,
                running.schemas()::find,
                readiness,
                meters);
    }

    /**
     * A log that opened as unavailable cannot record even the start: nothing could be answered, so
     * nothing else begins.
     */
    private void requireSoundLog() {
        AuditLogStatus log = core.auditLog().status();
        if (log.node().isEmpty()) {
            throw new OperatorException(
                    ExitCode.TAMPERING,
                    "the audit log is not what this node wrote: "
                            + log.unavailable().orElse("its journal cannot be read"),
                    "nothing was cut, written or signed; keep the folder as it is until it is known"
                            + " what happened");
        }
    }

    /** A unit that keeps the network away fits no configuration that needs it. */
    private void requireNetwork() {
        if (config.engine().egress().isEmpty()) {
            return;
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.INET)) {
            LOG.log(System.Logger.Level.DEBUG, "sockets such as {0} can be made", probe);
        } catch (IOException | UnsupportedOperationException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "sovereign.allowed_egress names addresses, and this process is kept from every"
                            + " network",
                    "as root: map-units, then systemctl restart map-sovereign.socket"
                            + " map-sovereign");
        }
    }

    /** A node that is started together with its database's server may be the faster one. */
    private void awaitDatabase() {
        long until = System.nanoTime() + DATABASE_START_MAX.toNanos();
        while (!core.database().healthy(DATABASE_LOOK)) {
            if (System.nanoTime() - until > 0) {
                throw new OperatorException(
                        ExitCode.ENVIRONMENT,
                        "the " + core.database() + " does not answer",
                        "start it, or correct the table [database] of the configuration");
            }
            LockSupport.parkNanos(DATABASE_PAUSE.toNanos());
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        return parts.keep(part);
    }

    private void openControlSocket() {
        AdminVerbs verbs = new AdminVerbs(core);
        keep(
                ControlSocket.open(
                        config.folders().controlSocket(),
                        Optional.empty(),
                        (verb, arguments, peer, progress) ->
                                administer(
                                        verbs,
                                        verb,
                                        arguments,
                                        line ->
                                                progress.accept(
                                                        JsonObject.builder()
                                                                .put("message", line)
                                                                .build()))));
    }

    /** See {@link Reload}; refused while the node starts. */
    @Override
    public JsonObject reload() {
        return started(reload).run();
    }

    private static <T> T started(Optional<T> part) {
        return part.orElseThrow(() ->
                new OperatorException(
                        ExitCode.FAILED, "the node is starting", "try again when it is ready"));
    }

    private JsonObject administer(
            AdminVerbs verbs, String verb, JsonObject arguments, Consumer<String> progress) {
        if (verb.equals("ready")) {
            return ReadyReport.json(readiness.report());
        }
        if (verb.equals("reload")) {
            return reload();
        }
        if (verb.equals("log.level")) {
            return started(reload).logLevels(arguments.text("filter").orElse("").strip());
        }
        if (verb.equals("trace")) {
            return TraceVerbs.show(tracing.kept(), arguments);
        }
        if (verb.startsWith("endpoint.")) {
            return EndpointVerbs.run(
                    external().routes().stream()
                            .map(route ->
                                    new EndpointVerbs.Group(
                                            route.protocol(),
                                            route.version().toString(),
                                            route.pool().endpoints()))
                            .toList(),
                    change -> nodeEvent(EventType.CONFIG_CHANGED, change),
                    verb,
                    arguments);
        }
        JsonObject result = verbs.handle(verb, arguments, progress);
        if (verb.startsWith("registry.")) {
            identitiesChanged.run();
        }
        if (verb.equals("ca.renew")) {
            result = result.with("shown", JsonBoolean.of(showCertificate()));
        }
        if (AUTHORITY_VERBS.contains(verb)) {
            engine.ifPresent(this::heedAuthority);
        }
        if (gateway.isPresent()) {
            watch.look();
        }
        return result;
    }

    /** The gateway shows what its files hold now; if they cannot be used, it keeps the old one. */
    private boolean showCertificate() {
        try {
            gateway.ifPresent(Gateway::reloadTls);
            return gateway.isPresent();
        } catch (OperatorException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "the renewed certificate cannot be used: {0}",
                    e.getMessage());
            return false;
        }
    }

    /**
     * Remote processes and agents are judged by what the authority has revoked, or by its new
     * certificates, from now on.
     */
    private void heedAuthority(Engine running) {
        try {
            List<BooleanSupplier> newer = new ArrayList<>();
            newer.add(running.external().readTlsAgain());
            newer.add(running.certificates().readAgain());
            newer.add(tracing.readTlsAgain());
            gatewayPeers.ifPresent(peers -> newer.add(peers.readAgain()));
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "whom this node trusts has changed in {0} places",
                    newer.stream().filter(BooleanSupplier::getAsBoolean).count());
        } catch (OperatorException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "what the authority says now is not heeded: {0}",
                    e.getMessage());
        }
    }

    private ExternalTier external() {
        return started(engine).external();
    }

    private void startEngine(PluginHost plugins, MeterRegistry meters) {
        RegistryIdentities identities = new RegistryIdentities(core.registry());
        TenantMembers members =
                new TenantMembers(core.apiKeys(), core.grants(), config.engine().capabilities());
        DidAuthSessions sessions =
                new DidAuthSessions(
                        config.engine().didAuth(),
                        identities,
                        members,
                        core.ed25519(),
                        core.clock());
        AgentCertificates certificates =
                new AgentCertificates(this::agentTrust, identities, members, core.clock());
        EffectiveCapabilities capabilities = new EffectiveCapabilities(core.capabilitySources());
        DigestKeys digestKeys =
                keep(
                        DigestKeys.open(
                                config.folders().audit().resolve("digest-keys"), core.clock()));
        tracing =
                keep(
                        Tracing.start(
                                config.trace(),
                                config.engine().egress(),
                                Optional.of(siteTrust()),
                                core.auditLog().node(),
                                meters,
                                core.clock()));
        NativeModules natives =
                new NativeModules(
                        core.auditLog(),
                        new AuditIndex(core.currentDatabase(), core.auditLog()),
                        core.projection(),
                        new LedgerOffSite(core.exporter(), core.auditLog(), core.receipts()),
                        core.reportSigner(),
                        core.currentDatabase(),
                        sessions,
                        capabilities,
                        core.policies(),
                        core.registry(),
                        config.mim(),
                        tracing.kept(),
                        core.clock());
        Optional<SharedState> shared =
                config.redis()
                        .map(server ->
                                keep(
                                        SharedState.open(
                                                server, config.sharedLimits(), readiness, meters)));
        Engine made =
                new Engine(
                        config.engine(),
                        new EngineParts(
                                core.auditLog(),
                                digests(digestKeys, meters),
                                core.currentDatabase(),
                                core.apiKeys(),
                                core.grants(),
                                core.agreements(),
                                core.policies(),
                                core.tenants(),
                                sessions,
                                certificates,
                                identities,
                                new NodeIdentity(
                                        core.auditLog().node(), config.did(), config.tenant()),
                                natives.all(),
                                Optional.of(plugins),
                                Optional.of(siteTrust()),
                                shared.flatMap(SharedState::limits),
                                tracing,
                                readiness,
                                core.ed25519(),
                                meters,
                                core.clock()));
        identitiesChanged =
                () -> {
                    made.identitiesChanged();
                    capabilities.forgetAll();
                };
        engine = Optional.of(keep(made));
        shared.ifPresent(state ->
                state.follow(core.grants(), core.agreements(), core.policies(), identitiesChanged));
    }

    private Optional<TrustSet> agentTrust() {
        return agentTrust(config);
    }

    /** Whose certificates let agents in: by the configuration, else the site's own issuer. */
    static Optional<TrustSet> agentTrust(NodeConfig config) {
        Optional<GatewayConfig.TlsPaths> tls =
                config.gateway().tls().filter(GatewayConfig.TlsPaths::asksClients);
        if (tls.isEmpty() && config.role() != Role.ENGINE) {
            return Optional.empty();
        }
        Path authority = config.folders().ca();
        return tls.flatMap(GatewayConfig.TlsPaths::clients)
                .or(() -> siteIssuer(authority, "agent"))
                .map(TrustFiles::read);
    }

    private static Optional<TrustFiles> siteIssuer(Path authority, String issuer) {
        Path anchor = authority.resolve(issuer + ".pem");
        return Files.exists(anchor)
                ? Optional.of(
                        new TrustFiles(
                                anchor, Optional.of(RevocationList.file(authority, issuer)), true))
                : Optional.empty();
    }

    /** The site's own authority, with what it revoked of its servers' certificates. */
    private TrustFiles siteTrust() {
        return siteTrust(config);
    }

    static TrustFiles siteTrust(NodeConfig config) {
        Path authority = config.folders().ca();
        return new TrustFiles(
                authority.resolve("root.pem"),
                Optional.of(RevocationList.file(authority, "server")),
                true);
    }

    /** Runs on a thread of its own; {@link #done} waits for it. */
    private static <T> Future<T> beside(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofPlatform().name("map-start").start(task);
        return task;
    }

    private static <T> T done(Future<T> work) {
        try {
            return work.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("a part of the node did not start", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the node starts", e);
        }
    }

    private MirrorServer startMirror() {
        String version = core.build().version();
        return config.registry()
                .socket()
                .map(socket -> MirrorServer.start(core.registry(), socket, version))
                .orElseGet(() ->
                        MirrorServer.start(core.registry(), config.registry().bind(), version));
    }

    private Digests digests(DigestKeys keys, MeterRegistry meters) {
        if (config.payloads().isEmpty()) {
            return keys::hmac;
        }
        PayloadStore store =
                keep(
                        PayloadStore.open(
                                config.payloads().get(),
                                core.payloadSeed(),
                                core.clock(),
                                KeptPayloads.records(core.auditLog())));
        return new KeptPayloads(keys, store, meters);
    }

    private void nodeEvent(EventType type, JsonObject meta) {
        core.auditLog()
                .append(
                        AuditDraft.builder(TenantId.NODE, type, AuditOutcome.SUCCESS)
                                .meta(meta)
                                .build());
    }

    private void pluginEvent(PluginEvent event) {
        switch (event) {
            case PluginEvent.Loaded loaded ->
                    nodeEvent(
                            EventType.PLUGIN_LOADED,
                            JsonObject.builder()
                                    .put("name", loaded.name())
                                    .put("protocol", loaded.protocol())
                                    .put("sha256", loaded.sha256())
                                    .put("signer", loaded.signer())
                                    .put("version", loaded.version())
                                    .build());
            case PluginEvent.Removed removed ->
                    nodeEvent(
                            EventType.CONFIG_CHANGED,
                            JsonObject.builder()
                                    .put("change", "plugin removed")
                                    .put("name", removed.name())
                                    .put("protocol", removed.protocol())
                                    .put("version", removed.version())
                                    .build());
            case PluginEvent.Refused refused -> {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "plugin folder " + refused.folder() + " refused: " + refused.reason());
                core.auditLog()
                        .append(
                                AuditDraft.builder(
                                                TenantId.NODE,
                                                EventType.PLUGIN_REFUSED,
                                                AuditOutcome.REFUSED)
                                        .code(ErrorCode.POLICY_DENIED)
                                        .meta(
                                                JsonObject.builder()
                                                        .put("folder", refused.folder())
                                                        .put("reason", refused.reason())
                                                        .build())
                                        .build());
            }
        }
    }

    /**
     * Refuses new calls, finishes those in flight, records the stop, closes the log and the rest. A
     * second call does nothing.
     */
    @Override
    public void close() {
        gateway.ifPresent(Gateway::leaveInheritedSocket);
        engine.ifPresent(running -> {
            LOG.log(System.Logger.Level.INFO, "draining");
            if (!running.drain(config.drainTimeout())) {
                LOG.log(System.Logger.Level.WARNING, "some calls did not finish in time");
            }
        });
        if (engine.isPresent()) {
            try {
                nodeEvent(EventType.NODE_STOPPED, JsonObject.EMPTY);
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "couldn't record the stop", e);
            }
        }
        engine = Optional.empty();
        closeParts();
        LOG.log(System.Logger.Level.INFO, "stopped");
    }

    private void closeParts() {
        parts.close();
        core.close();
    }
}
