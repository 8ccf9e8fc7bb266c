package dev.mapsovereign.engine;

import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.ratelimit.SharedLimits;
import dev.mapsovereign.engine.request.StageName;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Every metric of the engine, in one place. Names and labels are those that dashboards rest on.
 *
 * <p>Labels are bounded: protocols and operations that no route has become {@value #UNKNOWN}, and
 * tenants beyond {@link Limits#METERED_TENANTS_MAX} become {@value #OTHER}. Meters are looked up in
 * maps of ours, because asking the registry sorts tags on every call.
 */
public final class EngineMeters {
    /** Label for what no route has. */
    public static final String UNKNOWN = "unknown";

    /** Label for tenants beyond the bound. */
    public static final String OTHER = "other";

    /** Calls answered, by tenant, protocol, operation and outcome. */
    public static final String REQUESTS = "map_requests_total";

    /** Time from the first byte read to the answer's making. */
    public static final String REQUEST_DURATION = "map_request_duration_seconds";

    /** Time spent in each stage. */
    public static final String STAGE_DURATION = "map_stage_duration_seconds";

    /** Refusals, by stage and code. */
    public static final String REFUSALS = "map_refusals_total";

    /** Calls refused by rate, by tenant and protocol. */
    public static final String RATE_LIMITED = "map_rate_limited_total";

    /** Calls refused by capability. */
    public static final String CAPABILITY_DENIED = "map_capability_denied_total";

    /** Calls refused by an open circuit, by protocol. */
    public static final String CIRCUIT_OPEN = "map_circuit_open_total";

    /** Calls inside the engine. */
    public static final String IN_FLIGHT = "map_in_flight";

    /** Refused calls without a verified credential that got no record of their own. */
    public static final String UNRECORDED = "map_unrecorded_refusals_total";

    /** Times that Redis gave this node calls of a shared limit. */
    public static final String LEASES = "map_rate_limit_leases_total";

    /** Calls that it gave together. */
    public static final String LEASED_CALLS = "map_rate_limit_leased_calls_total";

    /**
     * Calls decided without Redis because it was away, by policy: {@code local}, {@code refuse}.
     */
    public static final String DECIDED_ALONE = "map_rate_limit_without_redis_total";

    private static final String STAGE_NONE = "none";
    private static final Duration[] BOUNDS = {
        Duration.ofNanos(100_000),
        Duration.ofNanos(250_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30)
    };

    /** Prometheus counts since the start; micrometer's own histograms would forget. */
    private static final Duration NEVER_FORGET = Duration.ofDays(36_500);

    private record CallKey(
            String tenant, String protocol, String operation, AuditOutcome outcome) {}

    private record CallMeters(Counter count, Timer duration) {}

    private record RefusalKey(String stage, ErrorCode code) {}

    private record LimitKey(String tenant, String protocol) {}

    private record DenialKey(String tenant, String protocol, String operation) {}

    private final MeterRegistry registry;
    private final Map<StageName, Timer> stages = new EnumMap<>(StageName.class);
    private final Map<String, String> tenants = new ConcurrentHashMap<>();
    private final Map<CallKey, CallMeters> calls = new ConcurrentHashMap<>();
    private final Map<RefusalKey, Counter> refusals = new ConcurrentHashMap<>();
    private final Map<LimitKey, Counter> limited = new ConcurrentHashMap<>();
    private final Map<DenialKey, Counter> denied = new ConcurrentHashMap<>();
    private final Map<String, Counter> circuits = new ConcurrentHashMap<>();
    private final Counter unrecorded;

    /** Registers what needs no label value. */
    public EngineMeters(MeterRegistry registry) {
        this.registry = registry;
        for (StageName stage : StageName.values()) {
            stages.put(stage, histogram(STAGE_DURATION, "stage", stage.wire()));
        }
        unrecorded = registry.counter(UNRECORDED);
    }

    /** The registry behind, for meters of other parts. */
    public MeterRegistry registry() {
        return registry;
    }

    /** Shows a number that somebody else keeps. */
    public <T> void gauge(String name, T holder, ToDoubleFunction<T> value, String... tags) {
        Gauge.builder(name, holder, value).tags(tags).strongReference(true).register(registry);
    }

    /** Shows what limits that several nodes share cost and how they fare. */
    public void shared(SharedLimits limits) {
        count(LEASES, limits, SharedLimits::leases);
        count(LEASED_CALLS, limits, SharedLimits::leasedCalls);
        count(
                DECIDED_ALONE,
                limits,
                SharedLimits::decidedAlone,
                "policy",
                limits.onFailure().name().toLowerCase(Locale.ROOT));
    }

    /** Shows a count that somebody else keeps. */
    private <T> void count(String name, T holder, ToDoubleFunction<T> value, String... tags) {
        FunctionCounter.builder(name, holder, value).tags(tags).register(registry);
    }

    /** A stage took so long. */
    public void stage(StageName stage, long nanos) {
        Timer timer = stages.get(stage);
        if (timer != null) {
            timer.record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** A call was answered. */
    public void call(
            String tenant, String protocol, String operation, AuditOutcome outcome, long nanos) {
        CallMeters meters =
                cached(
                        calls,
                        new CallKey(bounded(tenant), protocol, operation, outcome),
                        this::callMeters);
        meters.count().increment();
        meters.duration().record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A call was refused; {@code stage} is empty where none of the eight did it. */
    public void refusal(
            Optional<StageName> stage,
            ErrorCode code,
            String tenant,
            String protocol,
            String operation) {
        cached(
                        refusals,
                        new RefusalKey(stage.map(StageName::wire).orElse(STAGE_NONE), code),
                        this::refusalCounter)
                .increment();
        switch (code) {
            case RATE_LIMITED ->
                    cached(limited, new LimitKey(bounded(tenant), protocol), this::limitCounter)
                            .increment();
            case CAPABILITY_DENIED ->
                    cached(
                                    denied,
                                    new DenialKey(bounded(tenant), protocol, operation),
                                    this::denialCounter)
                            .increment();
            case CIRCUIT_OPEN ->
                    cached(
                                    circuits,
                                    protocol,
                                    name -> registry.counter(CIRCUIT_OPEN, "protocol", name))
                            .increment();
            default -> {
                // The other codes have no counter of their own.
            }
        }
    }

    /** A refusal got no record of its own. */
    public void unrecordedRefusal() {
        unrecorded.increment();
    }

    private CallMeters callMeters(CallKey key) {
        String[] tags = {
            "tenant", key.tenant(),
            "protocol", key.protocol(),
            "operation", key.operation(),
            "outcome", key.outcome().wire()
        };
        return new CallMeters(registry.counter(REQUESTS, tags), histogram(REQUEST_DURATION, tags));
    }

    private Counter refusalCounter(RefusalKey key) {
        return registry.counter(REFUSALS, "stage", key.stage(), "reason", key.code().wire());
    }

    private Counter limitCounter(LimitKey key) {
        return registry.counter(RATE_LIMITED, "tenant", key.tenant(), "protocol", key.protocol());
    }

    private Counter denialCounter(DenialKey key) {
        return registry.counter(
                CAPABILITY_DENIED,
                "tenant",
                key.tenant(),
                "protocol",
                key.protocol(),
                "operation",
                key.operation());
    }

    /** Looks first: computeIfAbsent alone may wait for a monitor even when the key is there. */
    private static <K, V> V cached(Map<K, V> meters, K key, Function<K, V> make) {
        V known = meters.get(key);
        return known != null ? known : meters.computeIfAbsent(key, make);
    }

    private Timer histogram(String name, String... tags) {
        return Timer.builder(name)
                .tags(tags)
                .serviceLevelObjectives(BOUNDS)
                .distributionStatisticExpiry(NEVER_FORGET)
                .distributionStatisticBufferLength(1)
                .register(registry);
    }

    private String bounded(String tenant) {
        String known = tenants.get(tenant);
        if (known != null) {
            return known;
        }
        if (tenants.size() >= Limits.METERED_TENANTS_MAX) {
            return OTHER;
        }
        tenants.put(tenant, tenant);
        return tenant;
    }
}
