package dev.mapsovereign.benchmarks;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.EngineMeters;
import dev.mapsovereign.engine.balance.EndpointPool;
import dev.mapsovereign.engine.module.CredentialKind;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.module.ProtocolVersion;
import dev.mapsovereign.engine.ratelimit.OnBackendFailure;
import dev.mapsovereign.engine.ratelimit.Rate;
import dev.mapsovereign.engine.ratelimit.RateLimitConfig;
import dev.mapsovereign.engine.ratelimit.RateLimiting;
import dev.mapsovereign.engine.ratelimit.SharedLimits;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.EnrichedRequest;
import dev.mapsovereign.engine.request.Envelope;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Origin;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.VersionedRequest;
import dev.mapsovereign.engine.route.Operation;
import dev.mapsovereign.engine.route.Route;
import dev.mapsovereign.engine.route.RouteTarget;
import dev.mapsovereign.redis.Redis;
import dev.mapsovereign.redis.RedisConfig;
import dev.mapsovereign.testing.TestRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures stage 3 alone: calls a second and processor time a call, with the buckets in memory and
 * with leases from a real Redis on this machine, in windows that alternate. Processor time is that
 * of this process; Redis's own is told by its round trips.
 */
public final class RateLimitBenchmark {
    private static final int WINDOWS = 3;
    private static final byte[] ANYTHING = "{}".getBytes(StandardCharsets.UTF_8);
    private static final TenantId TENANT = TenantId.of("acme");
    private static final AgentDid AGENT = AgentDid.parse("did:oas:acme:agent:bench");

    /** A call does not come so far. */
    private static final class Uncalled implements ProtocolModule {
        @Override
        public String protocol() {
            return "BENCH";
        }

        @Override
        public ProtocolVersion version() {
            return ProtocolVersion.parse("v1.0.0");
        }

        @Override
        public List<OperationSpec> operations() {
            return List.of();
        }

        @Override
        public JsonObject invoke(String operation, JsonObject input, InvokeContext context) {
            throw new IllegalStateException("stage 3 alone is measured");
        }
    }

    private final int callers;
    private final Duration window;
    private final Route route =
            Route.of(
                    "BENCH",
                    ProtocolVersion.parse("v1.0.0"),
                    List.of(),
                    new RouteTarget.Native(new Uncalled()),
                    EndpointPool.local());
    private final Operation operation =
            Operation.of("BENCH", OperationSpec.read("read", ANYTHING, ANYTHING));
    private final EngineMeters meters = new EngineMeters(new SimpleMeterRegistry());

    private RateLimitBenchmark(int callers, Duration window) {
        this.callers = callers;
        this.window = window;
    }

    /**
     * Options: {@code --per-second N} of the limit (1,000,000 without it), {@code --callers N}
     * threads, {@code --seconds S} of each window.
     */
    public static void main(String[] arguments) throws Exception {
        Options options = new Options(arguments, "per-second", "callers", "seconds");
        long perSecond = options.count("per-second", 1_000_000);
        Duration window = Duration.ofMillis((long) (options.seconds("seconds", 2) * 1000));
        new RateLimitBenchmark(options.number("callers", 2), window).run(perSecond);
    }

    private void run(long perSecond) throws InterruptedException {
        RateLimitConfig normal = RateLimitConfig.DEFAULT;
        RateLimitConfig rates =
                new RateLimitConfig(
                        Rate.perSecond(perSecond, 2 * perSecond),
                        Map.of(),
                        Map.of(),
                        Optional.empty(),
                        normal.anonymousBySource(),
                        normal.anonymousTotal(),
                        normal.unverifiedBySource(),
                        normal.unverifiedTotal());
        try (TestRedis server = TestRedis.start();
                Redis redis = Redis.open(RedisConfig.of(server.freshUrl()))) {
            SharedLimits shared = new SharedLimits(redis, OnBackendFailure.LOCAL);
            RateLimiting memory = new RateLimiting(rates, Optional.empty());
            RateLimiting leases = new RateLimiting(rates, Optional.of(shared));
            for (int i = 0; i <= WINDOWS; i++) {
                String mark = i == 0 ? " (warming up)" : "";
                measure("memory" + mark, memory);
                long before = shared.leases();
                long asked = redis.roundTrips();
                long nanos = redis.roundTripNanos();
                measure("redis" + mark, leases);
                long roundTrips = redis.roundTrips() - asked;
                System.out.printf(
                        Locale.ROOT,
                        "  %,d leases, %,d round trips of %.0f µs, %,d calls without Redis%n",
                        shared.leases() - before,
                        roundTrips,
                        (redis.roundTripNanos() - nanos) / 1e3 / Math.max(1, roundTrips),
                        shared.decidedAlone());
            }
        }
    }

    private void measure(String name, RateLimiting stage) throws InterruptedException {
        LongAdder passed = new LongAdder();
        LongAdder refused = new LongAdder();
        long cpu = ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
        long until = System.nanoTime() + window.toNanos();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            threads.add(Thread.ofPlatform().start(() -> call(stage, until, passed, refused)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        long spent =
                ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() - cpu;
        long all = passed.sum() + refused.sum();
        System.out.printf(
                Locale.ROOT,
                "%s: %,.0f calls/s passed, %,.0f/s refused; CPU %.2f µs a call%n",
                name,
                passed.sum() / (window.toNanos() / 1e9),
                refused.sum() / (window.toNanos() / 1e9),
                spent / 1e3 / Math.max(1, all));
    }

    private void call(RateLimiting stage, long until, LongAdder passed, LongAdder refused) {
        EnrichedRequest request = request();
        while (System.nanoTime() < until) {
            try {
                stage.admit(request);
                passed.increment();
            } catch (RefusedException tooOften) {
                refused.increment();
            }
        }
    }

    private EnrichedRequest request() {
        InboundRequest inbound =
                new InboundRequest(
                        CorrelationId.random(),
                        new Credential.ApiKey("not looked at"),
                        new Origin("127.0.0.1", "map.example", "POST", "/v1/dispatch"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        new byte[0],
                        new Envelope(
                                "BENCH",
                                Optional.empty(),
                                "read",
                                JsonObject.EMPTY,
                                Optional.empty()),
                        System.nanoTime(),
                        Deadline.after(Duration.ofMinutes(1)),
                        false);
        Caller caller =
                new Caller(
                        TENANT,
                        Optional.of(AGENT),
                        CredentialKind.API_KEY,
                        "bench",
                        Optional.empty());
        return new EnrichedRequest(
                new VersionedRequest(new Call(inbound, meters), inbound, route, operation),
                caller,
                Deadline.after(Duration.ofMinutes(1)));
    }
}
