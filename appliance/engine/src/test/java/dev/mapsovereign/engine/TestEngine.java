package dev.mapsovereign.engine;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Hmac;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.tls.TrustSet;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.engine.agreement.Agreements;
import dev.mapsovereign.engine.capability.Grants;
import dev.mapsovereign.engine.context.AgentCertificates;
import dev.mapsovereign.engine.context.ApiKeys;
import dev.mapsovereign.engine.context.DidAuthSessions;
import dev.mapsovereign.engine.context.NodeIdentity;
import dev.mapsovereign.engine.context.ResolvedIdentity;
import dev.mapsovereign.engine.context.TenantMembers;
import dev.mapsovereign.engine.context.Tenants;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.policy.Policies;
import dev.mapsovereign.engine.ratelimit.Rate;
import dev.mapsovereign.engine.ratelimit.RateLimitConfig;
import dev.mapsovereign.engine.ratelimit.SharedLimits;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.Envelope;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Origin;
import dev.mapsovereign.engine.request.TraceParent;
import dev.mapsovereign.engine.trace.TraceConfig;
import dev.mapsovereign.engine.trace.Tracing;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.plugin.PluginHost;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A whole engine on a real journal and a real H2 database in a folder; one tenant {@code acme}
 * whose agent holds an API key and every capability of the protocol {@code TEST}.
 */
public final class TestEngine implements AutoCloseable {
    public static final TenantId ACME = TenantId.of("acme");
    public static final AgentDid AGENT = AgentDid.parse("did:oas:acme:agent:tester");
    public static final AgentDid STRANGER = AgentDid.parse("did:oas:acme:agent:stranger");

    /** For tests whose many refusals are not about rates. */
    public static final EngineConfig GENEROUS =
            EngineConfig.DEFAULT.withRateLimits(
                    new RateLimitConfig(
                            Rate.perSecond(100_000, 100_000),
                            Map.of(),
                            Map.of(),
                            Optional.empty(),
                            Rate.perSecond(100_000, 100_000),
                            Rate.perSecond(100_000, 100_000),
                            Rate.perSecond(100_000, 100_000),
                            Rate.perSecond(100_000, 100_000)));

    private static final AtomicInteger SOURCES = new AtomicInteger();

    public final AuditLog log;
    public final Database database;
    public final ApiKeys apiKeys;
    public final Grants grants;
    public final Agreements agreements;
    public final Policies policies;
    public final Tenants tenants;
    public final DidAuthSessions sessions;
    public final Map<AgentDid, ResolvedIdentity> identities = new ConcurrentHashMap<>();
    public final AtomicBoolean directoryFails = new AtomicBoolean();
    public final Readiness readiness = new Readiness();
    public final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    public final TestModule module;
    public final Engine engine;
    public final Tracing tracing;
    public final String key;

    /** Whose certificates let callers in, after {@code engine.certificates().readAgain()}. */
    public final AtomicReference<Optional<TrustSet>> agentTrust =
            new AtomicReference<>(Optional.empty());

    /** A source that no other test uses, so that buckets of sources do not meet. */
    public final String source = "198.51.100." + SOURCES.incrementAndGet();

    private TestEngine(
            Path folder,
            EngineConfig config,
            Clock clock,
            TestModule test,
            Optional<PluginHost> plugins,
            Optional<SharedLimits> shared,
            TraceConfig traces) {
        module = test;
        log = openLog(folder.resolve("audit"));
        database = Database.open(DatabaseConfig.of("h2:" + folder.resolve("db/map")));
        new Migrator(database).apply((migration, number, total) -> {});
        apiKeys = ApiKeys.open(database, clock);
        grants = new Grants(database, clock);
        agreements = new Agreements(database, this::resolve, Ed25519.jdk(), clock);
        policies = Policies.open(database, clock);
        tenants = Tenants.open(database, log, clock);
        sessions =
                new DidAuthSessions(
                        config.didAuth(),
                        did -> Optional.ofNullable(identities.get(did)),
                        new TenantMembers(apiKeys, grants, config.capabilities()),
                        Ed25519.jdk(),
                        clock);
        tracing =
                Tracing.start(
                        traces, config.egress(), Optional.empty(), log.node(), registry, clock);
        List<ProtocolModule> modules = new ArrayList<>();
        modules.add(module);
        engine =
                new Engine(
                        config,
                        new EngineParts(
                                log,
                                TestEngine::digest,
                                database,
                                apiKeys,
                                grants,
                                agreements,
                                policies,
                                tenants,
                                sessions,
                                new AgentCertificates(
                                        agentTrust::get,
                                        this::resolve,
                                        new TenantMembers(apiKeys, grants, config.capabilities()),
                                        clock),
                                this::resolve,
                                new NodeIdentity(log.node(), Optional.empty(), TenantId.NODE),
                                modules,
                                plugins,
                                Optional.empty(),
                                shared,
                                tracing,
                                readiness,
                                Ed25519.jdk(),
                                registry,
                                clock));
        tenants.create(ACME);
        key = apiKeys.create(ACME, AGENT, "test", Optional.empty()).text();
        if (grants.of(ACME, AGENT).isEmpty()) {
            grants.grant(ACME, AGENT, new CapabilityName("map.test.*"), Optional.empty(), "test");
        }
    }

    private Optional<ResolvedIdentity> resolve(AgentDid did) {
        if (directoryFails.get()) {
            throw new IllegalStateException("told to fail");
        }
        return Optional.ofNullable(identities.get(did));
    }

    /** Digests as a node makes them, with one key for ever. */
    public static String digest(TenantId tenant, CorrelationId id, byte[] content) {
        byte[] key =
                Hmac.sha256(
                        Sha256.hash(tenant.value().getBytes(StandardCharsets.UTF_8)),
                        ("map-digest/v1\n" + id).getBytes(StandardCharsets.UTF_8));
        return Hex.encode(Hmac.sha256(key, content));
    }

    /** Opens the journal of a folder. */
    public static AuditLog openLog(Path folder) {
        return AuditLog.open(
                AuditLogConfig.defaults(
                                folder,
                                new NodeName("test"),
                                Secret.copyOf(new byte[32]),
                                Ed25519.jdk())
                        .withSpace(8 << 20, 1 << 20, 0, 1L << 40));
    }

    /** Starts an engine in that folder, or continues there. */
    public static TestEngine start(Path folder, EngineConfig config) {
        return start(folder, config, Clock.systemUTC(), new TestModule("TEST", "v1.0.0"));
    }

    /** Starts an engine with that clock and module. */
    public static TestEngine start(
            Path folder, EngineConfig config, Clock clock, TestModule module) {
        return new TestEngine(
                folder, config, clock, module, Optional.empty(), Optional.empty(), TraceConfig.OFF);
    }

    /** Starts an engine with plugins. */
    public static TestEngine start(Path folder, EngineConfig config, PluginHost plugins) {
        return new TestEngine(
                folder,
                config,
                Clock.systemUTC(),
                new TestModule("TEST", "v1.0.0"),
                Optional.of(plugins),
                Optional.empty(),
                TraceConfig.OFF);
    }

    /** Starts an engine that keeps its limits together with others. */
    public static TestEngine start(Path folder, EngineConfig config, SharedLimits shared) {
        return new TestEngine(
                folder,
                config,
                Clock.systemUTC(),
                new TestModule("TEST", "v1.0.0"),
                Optional.empty(),
                Optional.of(shared),
                TraceConfig.OFF);
    }

    /** Starts an engine that traces calls. */
    public static TestEngine start(Path folder, EngineConfig config, TraceConfig traces) {
        return new TestEngine(
                folder,
                config,
                Clock.systemUTC(),
                new TestModule("TEST", "v1.0.0"),
                Optional.empty(),
                Optional.empty(),
                traces);
    }

    /** A call of the protocol TEST by the agent, to be changed and sent. */
    public TestCall call(String operation) {
        return new TestCall(this, operation);
    }

    /** Every record of a chain. */
    public List<AuditRecord> records(TenantId tenant) {
        List<AuditRecord> records = new ArrayList<>();
        for (long index = 0; index < log.head(tenant).size(); index++) {
            records.add(AuditRecord.parse(log.record(tenant, index)));
        }
        return records;
    }

    /** The records of one call, in whatever chain. */
    public List<AuditRecord> recordsOf(CorrelationId id) {
        List<AuditRecord> found = new ArrayList<>();
        for (TenantId tenant : log.tenants()) {
            for (AuditRecord record : records(tenant)) {
                if (record.correlationId().equals(Optional.of(id))) {
                    found.add(record);
                }
            }
        }
        return found;
    }

    @Override
    public void close() {
        engine.close();
        tracing.close();
        database.close();
        log.close();
    }

    /** One call, as a caller would put it together. */
    public static final class TestCall {
        private final TestEngine engine;
        private final CorrelationId id = CorrelationId.random();
        private String protocol = "TEST";
        private Optional<String> version = Optional.empty();
        private String operation;
        private JsonObject input = JsonObject.builder().put("text", "hello").build();
        private Credential credential;
        private Optional<String> tenantHeader = Optional.empty();
        private Optional<String> tenantInBody = Optional.empty();
        private Optional<String> didHeader = Optional.empty();
        private Optional<String> idempotencyKey = Optional.empty();
        private Optional<String> callerCorrelationId = Optional.empty();
        private Optional<TraceParent> trace = Optional.empty();
        private Duration timeout = Duration.ofSeconds(20);
        private boolean eventStream;
        private String source;

        private TestCall(TestEngine engine, String operation) {
            this.engine = engine;
            this.operation = operation;
            this.source = engine.source;
            this.credential = new Credential.ApiKey(engine.key);
        }

        public CorrelationId id() {
            return id;
        }

        public TestCall protocol(String value) {
            protocol = value;
            return this;
        }

        public TestCall version(String value) {
            version = Optional.of(value);
            return this;
        }

        public TestCall input(String json) {
            input =
                    JsonReader.parseObject(
                            json.getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT);
            return this;
        }

        public TestCall credential(Credential value) {
            credential = value;
            return this;
        }

        public TestCall anonymous() {
            return credential(Credential.Anonymous.INSTANCE);
        }

        public TestCall tenantHeader(String value) {
            tenantHeader = Optional.of(value);
            return this;
        }

        public TestCall tenantInBody(String value) {
            tenantInBody = Optional.of(value);
            return this;
        }

        public TestCall didHeader(String value) {
            didHeader = Optional.of(value);
            return this;
        }

        public TestCall idempotencyKey(String value) {
            idempotencyKey = Optional.of(value);
            return this;
        }

        public TestCall callerCorrelationId(String value) {
            callerCorrelationId = Optional.of(value);
            return this;
        }

        public TestCall trace(TraceParent value) {
            trace = Optional.of(value);
            return this;
        }

        public TestCall timeout(Duration value) {
            timeout = value;
            return this;
        }

        /** The caller takes the answer in parts. */
        public TestCall takingEvents() {
            eventStream = true;
            return this;
        }

        public TestCall source(String value) {
            source = value;
            return this;
        }

        /** The request. */
        public InboundRequest request() {
            return new InboundRequest(
                    id,
                    credential,
                    origin(),
                    tenantHeader,
                    didHeader,
                    idempotencyKey,
                    callerCorrelationId,
                    trace,
                    body(),
                    new Envelope(protocol, version, operation, input, tenantInBody),
                    System.nanoTime(),
                    Deadline.after(timeout),
                    eventStream);
        }

        /** The body's bytes. */
        public byte[] body() {
            JsonObject.Builder body =
                    JsonObject.builder()
                            .put("protocol", protocol)
                            .put("operation", operation)
                            .put("input", input)
                            .putIfPresent("version", version)
                            .putIfPresent("tenant_id", tenantInBody);
            return body.build().toString().getBytes(StandardCharsets.UTF_8);
        }

        public Origin origin() {
            return new Origin(source, "map.example:8443", "POST", "/v1/dispatch");
        }

        /** Sends it. */
        public EngineResponse send() {
            return engine.engine.handle(request());
        }

        /** Sends it and expects success. */
        public EngineResponse.Answered answered() {
            EngineResponse response = send();
            if (response instanceof EngineResponse.Answered answered) {
                return answered;
            }
            throw new AssertionError("refused: " + response);
        }

        /** Sends it and expects a refusal. */
        public EngineResponse.Refused refused() {
            EngineResponse response = send();
            if (response instanceof EngineResponse.Refused refused) {
                return refused;
            }
            throw new AssertionError("answered: " + response);
        }
    }
}
