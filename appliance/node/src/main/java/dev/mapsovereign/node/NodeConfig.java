package dev.mapsovereign.node;

import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.auditlog.payload.PayloadConfig;
import dev.mapsovereign.auditstore.KafkaFeedConfig;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.config.ConfigRoot;
import dev.mapsovereign.config.ConfigSection;
import dev.mapsovereign.config.EffectiveSetting;
import dev.mapsovereign.config.Reading;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.engine.EngineConfig;
import dev.mapsovereign.engine.ratelimit.OnBackendFailure;
import dev.mapsovereign.engine.trace.TraceConfig;
import dev.mapsovereign.gateway.EngineListenConfig;
import dev.mapsovereign.gateway.GatewayConfig;
import dev.mapsovereign.gateway.forward.EngineHostsConfig;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.metrics.MetricsConfig;
import dev.mapsovereign.plugin.PluginHostConfig;
import dev.mapsovereign.protocols.mim.MimConfig;
import dev.mapsovereign.redis.RedisConfig;
import dev.mapsovereign.registry.RegistryConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The whole configuration as validated values; whatever is wrong with it is said at once.
 *
 * @param file what was read, besides the environment
 * @param role which part of the product the process is
 * @param development allows what a site must not have: no TLS, memory only
 * @param did the node's own identity when it calls others ({@code MAP_AGENT_DID})
 * @param payloads how request and response bodies are kept; empty: they are not
 * @param tenant the scope in which it does ({@code MAP_TENANT_ID})
 * @param tenantQuotaBytes what records of one tenant may take in the journal
 * @param pruning under which receipts old records may go
 * @param redis what several nodes share besides the database
 * @param sharedLimits whether they keep rate limits together there, and what holds while it is away
 * @param kafka where records go besides the database, with {@code audit.sink = "kafka"}
 * @param gateway where the process takes calls, or requests of gateways
 * @param engineHosts whom a gateway without an engine hands calls to
 * @param engineListen which gateways an engine host answers
 * @param trace which calls are traced, and where the spans go
 * @param warnings what does not stop the start but should be looked at
 * @param settings every setting that was read, as it may be shown
 */
public record NodeConfig(
        Optional<Path> file,
        Role role,
        NodeName name,
        boolean development,
        NodeFolders folders,
        Optional<PayloadConfig> payloads,
        Optional<AgentDid> did,
        TenantId tenant,
        long tenantQuotaBytes,
        Pruning pruning,
        String logFilter,
        Duration drainTimeout,
        DatabaseConfig database,
        Optional<RedisConfig> redis,
        Optional<OnBackendFailure> sharedLimits,
        Optional<KafkaFeedConfig> kafka,
        EngineConfig engine,
        TraceConfig trace,
        GatewayConfig gateway,
        Optional<EngineHostsConfig> engineHosts,
        Optional<EngineListenConfig> engineListen,
        MetricsConfig metrics,
        RegistryConfig registry,
        PluginHostConfig plugins,
        MimConfig mim,
        List<String> warnings,
        List<EffectiveSetting> settings) {
    /**
     * Protocols implemented inside this product; no plugin and no remote process may claim them.
     */
    public static final Set<String> NATIVE_PROTOCOLS = Set.of("MACS", "MAX", "MIM", "OAS", "ADMIN");

    /** What is logged where nobody says it. */
    static final String LOG_FILTER_DEFAULT = "info";

    /** The seed deployment's grace period; systemd's own is longer. */
    private static final Duration DRAIN_DEFAULT = Duration.ofSeconds(30);

    /** So that one fire, or one thief, does not take the only copy. */
    private static final int PRUNE_STATIONS_DEFAULT = 2;

    /** Time to find out that a station's copy is bad. */
    private static final Duration PRUNE_WAIT_DEFAULT = Duration.ofDays(30);

    /** Less than some ten records of the greatest length is a slip of the pen. */
    private static final long TENANT_QUOTA_BYTES_MIN = 1L << 20;

    /** Meant for the commands that call a node; known here, so that nobody is warned of them. */
    private static final List<String> CLIENT_VARIABLES =
            List.of("MAP_CONFIG", "MAP_API_URL", "MAP_API_KEY", "MAP_TLS_CA");

    public NodeConfig {
        warnings = List.copyOf(warnings);
        settings = List.copyOf(settings);
    }

    /**
     * Reads the file, then the environment over it.
     *
     * @throws dev.mapsovereign.config.ConfigException naming every problem with file and line
     */
    public static NodeConfig load(Optional<Path> file, Map<String, String> environment) {
        return load(file, environment, Optional.empty());
    }

    /**
     * The same with a role that goes before the configured one.
     *
     * @param chosen what the command line says
     */
    public static NodeConfig load(
            Optional<Path> file, Map<String, String> environment, Optional<Role> chosen) {
        ConfigRoot root = ConfigRoot.load(file, environment);
        CLIENT_VARIABLES.forEach(root::variable);
        ConfigSection node = root.section("node");
        boolean development =
                node.choice("mode", Mode.class).orElse(Mode.PRODUCTION) == Mode.DEVELOPMENT;
        Sink sink =
                root.section("audit")
                        .choice("sink", Sink.class)
                        .env("MAP_AUDIT_SINK")
                        .orElse(Sink.PRODUCTION);
        NodeFolders configured = NodeFolders.read(node, root.section("audit"));
        NodeFolders folders = sink == Sink.MEMORY ? configured.auditInMemory() : configured;
        NodeName name =
                node.text("name")
                        .env("MAP_NODE_NAME")
                        .as(NodeName::new, "node1")
                        .orElse(new NodeName("node"));
        Optional<PayloadConfig> payloads = payloads(root.section("audit.payloads"), folders);
        Optional<AgentDid> did =
                node.text("agent_did")
                        .env("MAP_AGENT_DID", "MIM_AGENT_DID")
                        .as(text -> AgentDid.parse(text, true), "did:oas:acme:service:node")
                        .optional();
        TenantId tenant =
                node.text("tenant_id")
                        .env("MAP_TENANT_ID")
                        .as(TenantId::of, "acme")
                        .optional()
                        .orElse(TenantId.NODE);
        long tenantQuota =
                root.section("audit")
                        .size("tenant_quota", TENANT_QUOTA_BYTES_MIN, Long.MAX_VALUE)
                        .orElse(AuditLogConfig.TENANT_QUOTA_BYTES_DEFAULT);
        Pruning pruning = pruning(root.section("audit"));
        String logFilter =
                root.section("log").text("filter").env("RUST_LOG").orElse(LOG_FILTER_DEFAULT);
        Duration drain =
                node.duration("drain_timeout", Duration.ZERO, Duration.ofMinutes(10))
                        .orElse(DRAIN_DEFAULT);
        Reading<MetricsConfig> metrics = root.read("metrics", MetricsConfig::read);
        Reading<DatabaseConfig> database = root.read("database", DatabaseConfig::read);
        Reading<Optional<RedisConfig>> redis = root.read("redis", RedisConfig::read);
        boolean feedsKafka = sink == Sink.KAFKA;
        Reading<KafkaFeedConfig.Settings> kafka =
                root.read("audit.kafka", section -> KafkaFeedConfig.read(section, feedsKafka));
        Role usualRole = node.text("role").as(Role::parse, "all").optional().orElse(Role.ALL);
        Role role = chosen.orElse(usualRole);
        Reading<Optional<EngineListenConfig>> engineListen =
                root.read("engine.listen", EngineListenConfig::read);
        Reading<Optional<EngineHostsConfig>> engineHosts =
                root.read("gateway.engines", EngineHostsConfig::read);
        Optional<Reading<GatewayConfig>> gateway =
                role == Role.ENGINE && !root.section("gateway").isPresent()
                        ? Optional.empty()
                        : Optional.of(root.read("gateway", GatewayConfig::read));
        Reading<EngineConfig> engine =
                root.read(
                        "engine",
                        section ->
                                EngineConfig.read(
                                        section,
                                        root.section("sovereign"),
                                        role == Role.ENGINE
                                                        || root.section("gateway.tls").isPresent()
                                                ? "https"
                                                : "http"));
        Reading<TraceConfig> trace = root.read("trace", TraceConfig::read);
        Optional<OnBackendFailure> sharedLimits = sharedLimits(root.section("engine.rate_limit"));
        Reading<RegistryConfig> registry = root.read("registry", RegistryConfig::read);
        Reading<PluginHostConfig> plugins =
                root.read(
                        "plugins",
                        _ -> PluginHostConfig.read(root, folders.data(), NATIVE_PROTOCOLS));
        Reading<MimConfig> mim = root.read("mim", MimConfig::read);
        root.finish();
        if (sink == Sink.MEMORY) {
            requireDevelopment(development);
        }
        requireListed("the trace collector", trace.get().remoteAddresses(), engine.get());
        requireListed("the database", database.get().remoteAddresses(), engine.get());
        if (sharedLimits.isPresent() && redis.get().isEmpty()) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "engine.rate_limit.backend is redis, and redis.url is missing",
                    "say where Redis listens, or leave the backend at memory");
        }
        redis.get()
                .ifPresent(
                        server -> requireListed("Redis", server.remoteAddresses(), engine.get()));
        Optional<KafkaFeedConfig> feed = Optional.empty();
        if (feedsKafka) {
            requireListed("the Kafka broker", kafka.get().brokers(), engine.get());
            feed =
                    Optional.of(
                            kafka.get()
                                    .with(
                                            folders.audit().resolve("kafka-position.json"),
                                            address -> allows(engine.get(), address)));
        }
        requireParts(role, engineListen.get(), engineHosts.get(), engine.get());
        return new NodeConfig(
                file.map(Path::toAbsolutePath),
                role,
                name,
                development,
                folders,
                payloads,
                did,
                tenant,
                tenantQuota,
                pruning,
                logFilter,
                drain,
                database.get(),
                redis.get(),
                sharedLimits,
                feed,
                engine.get(),
                trace.get(),
                role == Role.ENGINE
                        ? listening(engineListen.get().orElseThrow(), drain)
                        : gateway.orElseThrow().get(),
                engineHosts.get(),
                engineListen.get(),
                metrics.get(),
                registry.get(),
                plugins.get(),
                mim.get(),
                warnings(root, sink),
                root.effectiveSettings());
    }

    /** An engine host has no gateway: where it listens its own table says. */
    private static GatewayConfig listening(EngineListenConfig listen, Duration drainTimeout) {
        return new GatewayConfig(
                listen.bind(),
                Optional.of(new GatewayConfig.TlsPaths(listen.certFile(), listen.keyFile())),
                EdgeLimits.defaults(),
                drainTimeout.isPositive() ? drainTimeout : DRAIN_DEFAULT);
    }

    private static void requireParts(
            Role role,
            Optional<EngineListenConfig> listen,
            Optional<EngineHostsConfig> hosts,
            EngineConfig engine) {
        if (role == Role.ENGINE && listen.isEmpty()) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "an engine host needs the table [engine.listen]",
                    "it says where it listens, with which certificate, and for which gateways");
        }
        if (role == Role.GATEWAY && hosts.isEmpty()) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "a gateway without an engine needs the table [gateway.engines]",
                    "it names the engine hosts that get the calls");
        }
        if (role == Role.GATEWAY) {
            requireListed(
                    "the engine host",
                    hosts.get().addresses().stream().map(host -> host.name()).toList(),
                    engine);
        }
    }

    /**
     * When old records may be pruned.
     *
     * @param stations how many must keep them
     * @param age how long ago they must have said so
     */
    public record Pruning(int stations, Duration age) {}

    private static Pruning pruning(ConfigSection section) {
        return new Pruning(
                section.integer("prune_stations", 1, 16).orElse(PRUNE_STATIONS_DEFAULT),
                section.duration("prune_wait", Duration.ZERO, Duration.ofDays(3650))
                        .orElse(PRUNE_WAIT_DEFAULT));
    }

    private static Optional<OnBackendFailure> sharedLimits(ConfigSection section) {
        RateLimitBackend backend =
                section.choice("backend", RateLimitBackend.class)
                        .env("MAP_RATE_LIMIT_BACKEND")
                        .orElse(RateLimitBackend.MEMORY);
        OnBackendFailure onFailure =
                section.choice("on_backend_failure", OnBackendFailure.class)
                        .orElse(OnBackendFailure.LOCAL);
        return backend == RateLimitBackend.REDIS ? Optional.of(onFailure) : Optional.empty();
    }

    private static Optional<PayloadConfig> payloads(ConfigSection section, NodeFolders folders) {
        boolean enabled = section.bool("enabled").orElse(false);
        PayloadConfig config =
                new PayloadConfig(
                        folders.audit(),
                        section.integer("days", 1, 3650).orElse(PayloadConfig.DAYS_DEFAULT),
                        section.size("bytes_max", 1L << 20, 1L << 50)
                                .orElse(PayloadConfig.BYTES_DEFAULT));
        return enabled ? Optional.of(config) : Optional.empty();
    }

    private static List<String> warnings(ConfigRoot root, Sink sink) {
        List<String> warnings = new ArrayList<>(root.warnings());
        if (sink == Sink.MEMORY) {
            warnings.add("audit.sink is memory: the audit log is gone when this machine stops");
        }
        return warnings;
    }

    private static void requireDevelopment(boolean development) {
        if (!development) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "audit.sink is memory: such a log is gone when the machine stops",
                    "leave audit.sink as it is, or set node.mode = \"development\" where nothing"
                            + " has to be proved");
        }
    }

    /** Nothing is connected to that the operator did not list, the database included. */
    private static void requireListed(String what, List<String> addresses, EngineConfig engine) {
        List<String> unlisted =
                addresses.stream().filter(address -> !allows(engine, address)).toList();
        if (!unlisted.isEmpty()) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    what
                            + " at "
                            + String.join(", ", unlisted)
                            + " is not in sovereign.allowed_egress",
                    "a node connects to nothing that is not named there");
        }
    }

    private static boolean allows(EngineConfig engine, String address) {
        return engine.egress().allows(URI.create("x://" + address));
    }

    /** Value of {@code audit.sink}: where records go besides the journal, or instead of it. */
    enum Sink {
        /** The database. */
        PRODUCTION,
        /** The database and a Kafka topic. */
        KAFKA,
        /** The database, and the journal itself is in memory: for development alone. */
        MEMORY
    }

    /** Value of {@code engine.rate_limit.backend}. */
    enum RateLimitBackend {
        /** Each node keeps limits by itself. */
        MEMORY,
        /** Nodes keep them together. */
        REDIS
    }

    /** Value of {@code node.mode}. */
    enum Mode {
        PRODUCTION,
        DEVELOPMENT
    }
}
