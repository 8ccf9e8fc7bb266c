package dev.mapsovereign.engine;

import dev.mapsovereign.base.capability.Caveat;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.config.ConfigSection;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.capability.CapabilityAliases;
import dev.mapsovereign.engine.capability.ConfiguredCapability;
import dev.mapsovereign.engine.context.DidAuthConfig;
import dev.mapsovereign.engine.ratelimit.Rate;
import dev.mapsovereign.engine.ratelimit.RateLimitConfig;
import dev.mapsovereign.engine.route.EgressPolicy;
import dev.mapsovereign.engine.route.ExternalRoute;
import dev.mapsovereign.engine.route.VersionDates;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of the engine, table {@code [engine]}.
 *
 * @param callTimeout the most that any call may take
 * @param rateLimits stage 3
 * @param didAuth times of DidAuth
 * @param capabilities what the configuration gives to whom
 * @param externals protocols that remote processes serve
 * @param breaker when their endpoints are taken out
 * @param idempotencyKept how long an answer can be given again
 * @param egress what may be connected to
 * @param jurisdictions those that this site lies in, for caveats such as {@code jurisdiction:eu}
 * @param aliases capability names that stand for several operations
 * @param versions which versions of protocols end
 */
public record EngineConfig(
        Duration callTimeout,
        RateLimitConfig rateLimits,
        DidAuthConfig didAuth,
        List<ConfiguredCapability> capabilities,
        List<ExternalRoute> externals,
        BreakerPolicy breaker,
        Duration idempotencyKept,
        EgressPolicy egress,
        Set<String> jurisdictions,
        CapabilityAliases aliases,
        VersionDates versions) {

    /** 30 s a call, no external protocols, nothing to connect to, no capabilities. */
    public static final EngineConfig DEFAULT =
            new EngineConfig(
                    Duration.ofSeconds(30),
                    RateLimitConfig.DEFAULT,
                    DidAuthConfig.DEFAULT,
                    List.of(),
                    List.of(),
                    BreakerPolicy.DEFAULT,
                    Duration.ofHours(24),
                    EgressPolicy.NONE,
                    Set.of(),
                    CapabilityAliases.NONE,
                    VersionDates.NONE);

    /** Copies the lists. */
    public EngineConfig {
        capabilities = List.copyOf(capabilities);
        externals = List.copyOf(externals);
        jurisdictions = Set.copyOf(jurisdictions);
    }

    /** The same with other rates. */
    public EngineConfig withRateLimits(RateLimitConfig rates) {
        return new EngineConfig(
                callTimeout,
                rates,
                didAuth,
                capabilities,
                externals,
                breaker,
                idempotencyKept,
                egress,
                jurisdictions,
                aliases,
                versions);
    }

    /** The same with other capabilities. */
    public EngineConfig withCapabilities(List<ConfiguredCapability> given) {
        return new EngineConfig(
                callTimeout,
                rateLimits,
                didAuth,
                given,
                externals,
                breaker,
                idempotencyKept,
                egress,
                jurisdictions,
                aliases,
                versions);
    }

    /** The same with names that stand for several operations. */
    public EngineConfig withAliases(CapabilityAliases given) {
        return new EngineConfig(
                callTimeout,
                rateLimits,
                didAuth,
                capabilities,
                externals,
                breaker,
                idempotencyKept,
                egress,
                jurisdictions,
                given,
                versions);
    }

    /** The same with protocols that remote processes serve. */
    public EngineConfig withExternals(
            List<ExternalRoute> routes, BreakerPolicy policy, EgressPolicy allowed) {
        return new EngineConfig(
                callTimeout,
                rateLimits,
                didAuth,
                capabilities,
                routes,
                policy,
                idempotencyKept,
                allowed,
                jurisdictions,
                aliases,
                versions);
    }

    /**
     * Reads the tables {@code [engine]} and {@code [sovereign]}.
     *
     * @param engine {@code [engine]}
     * @param sovereign {@code [sovereign]}, for {@code allowed_egress} and {@code jurisdictions}
     * @param scheme of the origin that DidAuth challenges name: {@code https} where the gateway has
     *     TLS
     */
    public static EngineConfig read(ConfigSection engine, ConfigSection sovereign, String scheme) {
        EgressPolicy egress =
                sovereign
                        .texts("allowed_egress")
                        .as(EgressPolicy::new, List.of())
                        .orElse(EgressPolicy.NONE);
        List<ExternalRoute> externals = new ArrayList<>();
        for (ConfigSection table : engine.tables("external")) {
            externals.add(ExternalRoute.read(table, egress));
        }
        return new EngineConfig(
                engine.duration("call_timeout", Duration.ofMillis(100), Limits.CALL_TIMEOUT_MAX)
                        .orElse(DEFAULT.callTimeout()),
                readRates(engine.section("rate_limit")),
                readDidAuth(engine.section("did_auth"), scheme),
                readCapabilities(engine.tables("capability")),
                externals,
                readBreaker(engine.section("breaker")),
                engine.duration("idempotency_kept", Duration.ofMinutes(1), Duration.ofDays(30))
                        .orElse(DEFAULT.idempotencyKept()),
                egress,
                sovereign
                        .texts("jurisdictions")
                        .as(EngineConfig::readJurisdictions, List.of())
                        .orElse(Set.of()),
                CapabilityAliases.read(engine.tables("capability_alias")),
                VersionDates.read(engine.tables("version")));
    }

    private static Set<String> readJurisdictions(List<String> names) {
        for (String name : names) {
            if (!(Caveat.parse("jurisdiction:" + name) instanceof Caveat.Jurisdiction)) {
                throw new IllegalArgumentException("not a jurisdiction: " + name);
            }
        }
        return Set.copyOf(names);
    }

    private static RateLimitConfig readRates(ConfigSection section) {
        RateLimitConfig normal = RateLimitConfig.DEFAULT;
        Map<String, Rate> byProtocol = new HashMap<>();
        ConfigSection protocols = section.section("protocol");
        for (String name : protocols.children()) {
            byProtocol.put(name, readRate(protocols.child(name), normal.calls()));
        }
        Map<TenantId, Rate> byTenant = new HashMap<>();
        ConfigSection tenants = section.section("tenant");
        for (String name : tenants.children()) {
            Rate rate = readRate(tenants.child(name), normal.calls());
            try {
                byTenant.put(TenantId.of(name), rate);
            } catch (IllegalArgumentException invalid) {
                tenants.problem(name, String.valueOf(invalid.getMessage()));
            }
        }
        return new RateLimitConfig(
                readRate(section, normal.calls()),
                byProtocol,
                byTenant,
                readOptionalRate(section.section("caller")),
                readRate(section.section("anonymous_source"), normal.anonymousBySource()),
                readRate(section.section("anonymous_total"), normal.anonymousTotal()),
                readRate(section.section("unverified_source"), normal.unverifiedBySource()),
                readRate(section.section("unverified_total"), normal.unverifiedTotal()));
    }

    /** A rate that has no default: there is none without {@code per_second}. */
    private static Optional<Rate> readOptionalRate(ConfigSection section) {
        Optional<Long> permits = section.integer("per_second", 1L, 1_000_000L).optional();
        Optional<Long> burst = section.integer("burst", 1L, 10_000_000L).optional();
        if (permits.isEmpty() && burst.isPresent()) {
            section.problem("burst", "needs per_second beside it");
        }
        return permits.map(each -> Rate.perSecond(each, burst.orElse(2 * each)));
    }

    private static Rate readRate(ConfigSection section, Rate normal) {
        long permits = section.integer("per_second", 1L, 1_000_000L).orElse(normal.permits());
        long burst =
                section.integer("burst", 1L, 10_000_000L)
                        .optional()
                        .orElse(permits == normal.permits() ? normal.burst() : 2 * permits);
        return Rate.perSecond(permits, burst);
    }

    private static DidAuthConfig readDidAuth(ConfigSection section, String scheme) {
        DidAuthConfig normal = DidAuthConfig.DEFAULT;
        Duration second = Duration.ofSeconds(1);
        return new DidAuthConfig(
                section.duration("clock_skew", second, Duration.ofMinutes(10))
                        .orElse(normal.clockSkew()),
                section.duration("session_time", second, DidAuthConfig.SESSION_TIME_MAX)
                        .orElse(normal.sessionTime()),
                section.duration("challenge_time", second, Duration.ofMinutes(5))
                        .orElse(normal.challengeTime()),
                scheme);
    }

    private static BreakerPolicy readBreaker(ConfigSection section) {
        BreakerPolicy normal = BreakerPolicy.DEFAULT;
        Duration least = Duration.ofMillis(100);
        Duration most = Duration.ofHours(1);
        int callsMin =
                section.integer("calls_min", 1, BreakerPolicy.WINDOW_MAX).orElse(normal.callsMin());
        int window = section.integer("window", 1, BreakerPolicy.WINDOW_MAX).orElse(normal.window());
        if (window < callsMin) {
            section.problem("window", "must be at least calls_min, which is " + callsMin);
            window = callsMin;
        }
        return new BreakerPolicy(
                callsMin,
                window,
                section.integer("failure_percent", 1, 100).orElse(normal.failurePercent()),
                section.duration("slow_time", Duration.ofMillis(1), Limits.CALL_TIMEOUT_MAX)
                        .optional(),
                section.integer("slow_percent", 1, 100).orElse(normal.slowPercent()),
                section.duration("window_time", least, most).orElse(normal.windowTime()),
                section.duration("open_time", least, most).orElse(normal.openTime()),
                section.integer("probes", 1, 100).orElse(normal.probes()));
    }

    private static List<ConfiguredCapability> readCapabilities(List<ConfigSection> tables) {
        List<ConfiguredCapability> capabilities = new ArrayList<>();
        for (ConfigSection table : tables) {
            Optional<TenantId> tenant = table.text("tenant").as(TenantId::of, "acme").optional();
            Optional<AgentDid> did =
                    table.text("did").as(AgentDid::parse, "did:oas:acme:agent:example").optional();
            List<CapabilityName> allow =
                    table.texts("allow")
                            .as(
                                    names -> names.stream().map(CapabilityName::new).toList(),
                                    List.of("map.max.audit_query"))
                            .required();
            capabilities.add(new ConfiguredCapability(tenant, did, allow));
        }
        return capabilities;
    }
}
