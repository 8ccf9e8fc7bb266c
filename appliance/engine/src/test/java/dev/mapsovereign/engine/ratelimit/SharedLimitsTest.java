package dev.mapsovereign.engine.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.EngineConfig;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.redis.Redis;
import dev.mapsovereign.redis.RedisConfig;
import dev.mapsovereign.testing.TestRedis;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two whole engines that share one limit, and the server between them that fails. */
final class SharedLimitsTest {
    private static final int BURST = 6;

    /** So slow that nothing is refilled while a test runs. */
    private static final Rate SIX = new Rate(1, Duration.ofDays(1), BURST);

    @TempDir private Path folder;
    private TestRedis server;

    @BeforeEach
    void start() {
        server = TestRedis.start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** One node with a door of its own. */
    private final class Node implements AutoCloseable {
        private final Redis redis;
        private final SharedLimits limits;
        private final TestEngine engine;

        Node(String name, OnBackendFailure onFailure) {
            this(name, onFailure, Duration.ofSeconds(5));
        }

        Node(String name, OnBackendFailure onFailure, Duration timeout) {
            redis =
                    Redis.open(
                            RedisConfig.of("redis://127.0.0.1:" + server.port())
                                    .withTimeout(timeout));
            limits = new SharedLimits(redis, onFailure);
            RateLimitConfig normal = TestEngine.GENEROUS.rateLimits();
            RateLimitConfig rates =
                    new RateLimitConfig(
                            SIX,
                            Map.of(),
                            Map.of(),
                            Optional.of(Rate.perSecond(100_000, 100_000)),
                            normal.anonymousBySource(),
                            normal.anonymousTotal(),
                            normal.unverifiedBySource(),
                            normal.unverifiedTotal());
            engine =
                    TestEngine.start(
                            folder.resolve(name),
                            EngineConfig.DEFAULT.withRateLimits(rates),
                            limits);
        }

        /** How many of so many calls pass. */
        int calls(int count) {
            int passed = 0;
            for (int i = 0; i < count; i++) {
                if (engine.call("read").send() instanceof EngineResponse.Answered) {
                    passed++;
                }
            }
            return passed;
        }

        void awaitInUse(boolean inUse) throws InterruptedException {
            BlockingQueue<Boolean> told = new LinkedBlockingQueue<>();
            redis.onChange(trouble -> told.add(trouble.isEmpty()));
            boolean now = told.take();
            while (now != inUse) {
                now = Optional.ofNullable(told.poll(30, TimeUnit.SECONDS)).orElseThrow();
            }
        }

        @Override
        public void close() {
            engine.close();
            redis.close();
        }
    }

    @Test
    void handle_twoNodes_keepOneLimitTogetherAndSayWhatIsLeft() {
        try (Node one = new Node("one", OnBackendFailure.LOCAL);
                Node other = new Node("other", OnBackendFailure.LOCAL)) {
            for (int left = BURST - 1; left >= 0; left--) {
                Node node = left % 2 == 0 ? one : other;
                RateState state =
                        node.engine.call("read").answered().metadata().rate().orElseThrow();
                assertThat(state.limit()).isEqualTo(BURST);
                assertThat(state.remaining()).isEqualTo(left);
            }
            for (Node node : List.of(one, other)) {
                EngineResponse.Refused refused = node.engine.call("read").refused();
                assertThat(refused.refusal().code()).isEqualTo(ErrorCode.RATE_LIMITED);
                assertThat(refused.refusal().retryAfter().orElseThrow())
                        .isBetween(Duration.ofHours(23), Duration.ofDays(1));
                assertThat(refused.metadata().rate().orElseThrow().remaining()).isZero();
            }
            assertThat(
                            one.engine
                                    .registry
                                    .get("map_rate_limit_leases_total")
                                    .functionCounter()
                                    .count())
                    .isGreaterThanOrEqualTo(BURST / 2);
        }
    }

    @Test
    void handle_serverAwayWithLocal_eachNodeGoesOnWithWhatItHasLeftItself() throws Exception {
        try (Node one = new Node("one", OnBackendFailure.LOCAL);
                Node other = new Node("other", OnBackendFailure.LOCAL)) {
            assertThat(one.calls(4)).isEqualTo(4);
            server.halt();
            // Of a whole limit for each node, one has used four calls and the other none.
            assertThat(one.calls(10)).isEqualTo(2);
            assertThat(other.calls(10)).isEqualTo(6);
            assertThat(one.limits.decidedAlone()).isPositive();
            server.restart();
            one.awaitInUse(true);
            other.awaitInUse(true);
            // The server is empty, but nobody gets a second bucket from that.
            assertThat(one.calls(10) + other.calls(10)).isZero();
        }
    }

    @Test
    void handle_serverAwayWithRefuse_nothingPassesUntilItIsBack() throws Exception {
        try (Node one = new Node("one", OnBackendFailure.REFUSE)) {
            assertThat(one.calls(1)).isEqualTo(1);
            server.halt();
            EngineResponse.Refused refused = one.engine.call("read").refused();
            assertThat(refused.refusal().code()).isEqualTo(ErrorCode.RATE_LIMITED);
            assertThat(refused.refusal().stage().orElseThrow().wire()).isEqualTo("rate_limiting");
            assertThat(refused.refusal().retryAfter()).hasValue(Duration.ofSeconds(1));
            assertThat(refused.refusal().message()).contains("is not known");
            assertThat(one.calls(3)).isZero();
            server.restart();
            one.awaitInUse(true);
            // Refused calls take nothing, but for one that may have been the first to notice.
            assertThat(one.calls(10)).isBetween(BURST - 2, BURST - 1);
        }
    }

    @Test
    void handle_serverAwayAtTheStart_isUsedOnceItIsThere() throws Exception {
        server.halt();
        try (Node one = new Node("one", OnBackendFailure.LOCAL)) {
            assertThat(one.calls(1)).isEqualTo(1);
            assertThat(one.limits.leases()).isZero();
            server.restart();
            one.awaitInUse(true);
            assertThat(one.calls(1)).isEqualTo(1);
            assertThat(one.limits.leases()).isPositive();
        }
    }

    @Test
    void handle_serverStalls_callsGoOnAndOnlyTheFirstWaits() throws Exception {
        try (Node one = new Node("one", OnBackendFailure.LOCAL, Duration.ofMillis(500))) {
            assertThat(one.calls(1)).isEqualTo(1);
            server.stall();
            try {
                assertThat(one.calls(10)).isEqualTo(BURST - 1);
                assertThat(one.redis.trouble()).isPresent();
            } finally {
                server.resume();
            }
            one.awaitInUse(true);
        }
    }

    @Test
    void handle_serverFull_isAnOutageLikeAnyOther() throws Exception {
        try (Node one = new Node("one", OnBackendFailure.LOCAL)) {
            server.command("CONFIG SET maxmemory 1");
            assertThat(one.calls(10)).isEqualTo(BURST);
            assertThat(one.redis.trouble().orElseThrow()).contains("OOM");
            server.command("CONFIG SET maxmemory 0");
            one.awaitInUse(true);
        }
    }

    @Test
    void handle_everythingFlushed_nobodyGetsASecondBucket() throws Exception {
        try (Node one = new Node("one", OnBackendFailure.LOCAL)) {
            assertThat(one.calls(4)).isEqualTo(4);
            server.command("FLUSHALL");
            assertThat(one.calls(10)).isEqualTo(BURST - 4);
        }
    }
}
