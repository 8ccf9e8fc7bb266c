package dev.mapsovereign.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.engine.ratelimit.OnBackendFailure;
import dev.mapsovereign.redis.RedisConfig;
import dev.mapsovereign.testing.TestRedis;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What readiness and metrics say of a real server that comes and goes. */
class SharedStateTest {
    private final Readiness readiness = new Readiness();
    private final MeterRegistry meters = new SimpleMeterRegistry();

    @Test
    void open_withRefuse_isNotReadyWithoutRedis() throws Exception {
        try (TestRedis server = TestRedis.start()) {
            server.halt();
            try (SharedState state = open(server, Optional.of(OnBackendFailure.REFUSE))) {
                assertThat(state.limits()).isPresent();
                assertThat(readiness.report().notReady())
                        .singleElement()
                        .satisfies(notice ->
                                assertThat(notice.component()).isEqualTo(Readiness.REDIS));
                assertThat(up()).isZero();
                server.restart();
                await(readiness::ready);
                assertThat(up()).isOne();
                server.halt();
                // Nobody asks anything meanwhile.
                await(() -> !readiness.ready());
            }
        }
    }

    @Test
    void open_withLocal_isReadyAndWarns() throws Exception {
        try (TestRedis server = TestRedis.start()) {
            server.halt();
            try (SharedState state = open(server, Optional.of(OnBackendFailure.LOCAL))) {
                assertThat(state.limits()).isPresent();
                assertThat(readiness.ready()).isTrue();
                assertThat(warning()).contains("keeps the whole limits by itself");
                server.restart();
                await(() -> readiness.report().warnings().isEmpty());
                assertThat(meters.get("map_redis_round_trips_total").functionCounter().count())
                        .isPositive();
                assertThat(meters.get("map_redis_failures_total").functionCounter().count())
                        .isPositive();
            }
        }
    }

    @Test
    void open_forNewsAlone_warnsOfThat() {
        try (TestRedis server = TestRedis.start()) {
            server.halt();
            try (SharedState state = open(server, Optional.empty())) {
                assertThat(state.limits()).isEmpty();
                assertThat(readiness.ready()).isTrue();
                assertThat(warning()).contains("capabilities, agreements and policies");
            }
        }
    }

    private SharedState open(TestRedis server, Optional<OnBackendFailure> onFailure) {
        return SharedState.open(
                RedisConfig.of("redis://127.0.0.1:" + server.port())
                        .withTimeout(Duration.ofSeconds(5)),
                onFailure,
                readiness,
                meters);
    }

    private String warning() {
        return readiness.report().warnings().getFirst().reason();
    }

    private double up() {
        return meters.get("map_redis_up").gauge().value();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(10);
        }
    }
}
