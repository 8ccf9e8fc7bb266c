package dev.mapsovereign.gateway.testing;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Hmac;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.config.ListenAddress;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.engine.Engine;
import dev.mapsovereign.engine.EngineConfig;
import dev.mapsovereign.engine.EngineParts;
import dev.mapsovereign.engine.agreement.Agreements;
import dev.mapsovereign.engine.capability.ConfiguredCapability;
import dev.mapsovereign.engine.capability.Grants;
import dev.mapsovereign.engine.context.AgentCertificates;
import dev.mapsovereign.engine.context.ApiKeys;
import dev.mapsovereign.engine.context.DidAuthConfig;
import dev.mapsovereign.engine.context.DidAuthSessions;
import dev.mapsovereign.engine.context.IdentityDirectory;
import dev.mapsovereign.engine.context.NodeIdentity;
import dev.mapsovereign.engine.context.TenantMembers;
import dev.mapsovereign.engine.context.Tenants;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.engine.policy.Policies;
import dev.mapsovereign.engine.ratelimit.Rate;
import dev.mapsovereign.engine.ratelimit.RateLimitConfig;
import dev.mapsovereign.engine.trace.Tracing;
import dev.mapsovereign.gateway.Gateway;
import dev.mapsovereign.gateway.GatewayConfig;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.metrics.PrometheusText;
import dev.mapsovereign.migrations.Migrator;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A gateway on a free port over a real engine with its journal, its database and one small protocol
 * module; tenant {@code acme} with one API key that may call everything but {@code secret}.
 */
public final class TestNode implements AutoCloseable {
    /** The tenant of the key. */
    public static final TenantId TENANT = TenantId.of("acme");

    private static final AgentDid DID = AgentDid.parse("did:oas:acme:agent:one");

    /** Behind {@code /ready}. */
    public final Readiness readiness = new Readiness();

    /** What the edge and the engine count. */
    public final MeterRegistry registry = PrometheusText.registry();

    private final Secret seed = Secret.copyOf(new byte[32]);
    private final AuditLog log;
    private final Database database;
    private final Engine engine;
    private final Gateway gateway;
    private final String apiKey;

    /** Starts one below {@code folder}; plain when {@code tls} is empty. */
    public TestNode(Path folder, Optional<TestTls> tls, EdgeLimits limits) throws Exception {
        this(folder, tls, limits, generous());
    }

    /** The same with other rates. */
    public TestNode(Path folder, Optional<TestTls> tls, EdgeLimits limits, RateLimitConfig rates)
            throws Exception {
        log =
                AuditLog.open(
                        AuditLogConfig.defaults(
                                        Files.createDirectories(folder.resolve("audit")),
                                        new NodeName("test"),
                                        seed,
                                        Ed25519.jdk())
                                .withSpace(8L << 20, 1L << 20, 0, 1L << 30));
        database = Database.open(DatabaseConfig.of("h2:" + folder.resolve("db")));
        new Migrator(database).apply((migration, number, total) -> {});
        Clock clock = Clock.systemUTC();
        ApiKeys keys = ApiKeys.open(database, clock);
        Grants grants = new Grants(database, clock);
        Tenants tenants = Tenants.open(database, log, clock);
        tenants.create(TENANT);
        apiKey = keys.create(TENANT, DID, "test", Optional.empty()).text();
        IdentityDirectory nobody = did -> Optional.empty();
        Agreements agreements = new Agreements(database, nobody, Ed25519.jdk(), clock);
        List<ConfiguredCapability> capabilities = capabilities();
        engine =
                new Engine(
                        EngineConfig.DEFAULT.withRateLimits(rates).withCapabilities(capabilities),
                        new EngineParts(
                                log,
                                (tenant, correlation, content) ->
                                        Hex.encode(Hmac.sha256(new byte[32], content)),
                                database,
                                keys,
                                grants,
                                agreements,
                                Policies.open(database, clock),
                                tenants,
                                new DidAuthSessions(
                                        DidAuthConfig.DEFAULT,
                                        nobody,
                                        new TenantMembers(keys, grants, capabilities),
                                        Ed25519.jdk(),
                                        clock),
                                new AgentCertificates(
                                        Optional::empty,
                                        nobody,
                                        new TenantMembers(keys, grants, capabilities),
                                        clock),
                                nobody,
                                new NodeIdentity(log.node(), Optional.empty(), TenantId.NODE),
                                List.of(new TestModule(), new TestAdmin()),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Tracing.off(),
                                readiness,
                                Ed25519.jdk(),
                                registry,
                                clock));
        gateway =
                Gateway.start(
                        new GatewayConfig(
                                new ListenAddress("127.0.0.1", 0),
                                tls.map(files ->
                                        new GatewayConfig.TlsPaths(
                                                files.chainFile(), files.keyFile())),
                                limits,
                                Duration.ofSeconds(5)),
                        engine,
                        readiness,
                        registry);
    }

    /** Rates that no test meets by accident. */
    public static RateLimitConfig generous() {
        Rate much = Rate.perSecond(100_000, 100_000);
        return new RateLimitConfig(
                much, Map.of(), Map.of(), Optional.empty(), much, much, much, much);
    }

    /** Where it listens. */
    public int port() {
        return gateway.port();
    }

    /** The key of {@link #TENANT}. */
    public String apiKey() {
        return apiKey;
    }

    /** The gateway itself. */
    public Gateway gateway() {
        return gateway;
    }

    /** The engine itself. */
    public Engine engine() {
        return engine;
    }

    /** How many durable records a tenant has. */
    public long records(TenantId tenant) {
        return log.head(tenant).size();
    }

    /** A tenant's records from {@code first} on. */
    public List<JsonObject> recordsFrom(TenantId tenant, long first) {
        List<JsonObject> records = new ArrayList<>();
        for (long index = first; index < records(tenant); index++) {
            records.add(
                    JsonReader.parseObject(log.record(tenant, index), JsonReader.Limits.DEFAULT));
        }
        return records;
    }

    /** A whole HTTP/1.1 dispatch request with the API key. */
    public String call(String body) {
        return request("Authorization: Bearer " + apiKey + "\r\n", body);
    }

    /** A whole HTTP/1.1 dispatch request with these header lines besides. */
    public static String request(String lines, String body) {
        return "POST /v1/dispatch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + lines
                + "Content-Length: "
                + body.getBytes(StandardCharsets.ISO_8859_1).length
                + "\r\n\r\n"
                + body;
    }

    /** A dispatch body for the test module. */
    public static String envelope(String operation, String input) {
        return "{\"protocol\":\"TEST\",\"operation\":\""
                + operation
                + "\",\"input\":"
                + input
                + "}";
    }

    @Override
    public void close() {
        engine.drain(Duration.ofSeconds(5));
        gateway.close();
        engine.close();
        database.close();
        log.close();
        seed.close();
    }

    private static List<ConfiguredCapability> capabilities() {
        List<CapabilityName> allowed = new ArrayList<>();
        for (String operation : List.of("echo", "wait", "fail", "write")) {
            allowed.add(CapabilityName.of("TEST", operation));
        }
        allowed.add(CapabilityName.of("ADMIN", "observability"));
        return List.of(new ConfiguredCapability(Optional.of(TENANT), Optional.empty(), allowed));
    }
}
