package dev.mapsovereign.engine.capability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.ratelimit.OnBackendFailure;
import dev.mapsovereign.engine.ratelimit.SharedLimits;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.redis.Redis;
import dev.mapsovereign.redis.RedisConfig;
import dev.mapsovereign.testing.TestRedis;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Counts that several nodes keep together in one real server. */
final class SharedCallQuotaTest {
    private static final CapabilityName READ = new CapabilityName("map.test.read");

    /** Far from Redis's clock: the windows are the server's. */
    private static final Instant ANOTHER_TIME = Instant.parse("2001-01-01T00:00:00Z");

    @Test
    void take_severalNodesAtOnce_exactlySoManyPass() throws Exception {
        String url = TestRedis.shared().freshUrl();
        CapabilitySet.Entry entry = entry(Map.of("calls_per_day", 50L));
        try (Redis one = open(url);
                Redis other = open(url);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CallQuota> nodes = List.of(quota(one), quota(other));
            List<Future<Boolean>> calls = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                CallQuota node = nodes.get(i % 2);
                calls.add(threads.submit(() -> take(node, entry).isEmpty()));
            }
            int passed = 0;
            for (Future<Boolean> call : calls) {
                passed += call.get() ? 1 : 0;
            }
            assertThat(passed).isEqualTo(50);
            assertThat(take(nodes.getFirst(), entry).orElseThrow())
                    .isPositive()
                    .isLessThanOrEqualTo(Duration.ofDays(1));
        }
    }

    @Test
    void take_oneOfTwoLimitsUsedUp_theOtherIsNotCounted() {
        String url = TestRedis.shared().freshUrl();
        try (Redis redis = open(url)) {
            CallQuota quota = quota(redis);
            CapabilitySet.Entry both = entry(Map.of("max_per_hour", 3L, "calls_per_day", 5L));
            int passed = 0;
            for (int i = 0; i < 20; i++) {
                passed += take(quota, both).isEmpty() ? 1 : 0;
            }
            // Or 5, when an hour ends just now.
            assertThat(passed).isBetween(3, 5);
            // Of the five of the day, those refused by the hour took nothing.
            CapabilitySet.Entry day = entry(Map.of("calls_per_day", 5L));
            while (take(quota, day).isEmpty()) {
                passed++;
            }
            assertThat(passed).isEqualTo(5);
        }
    }

    @Test
    void take_serverAway_goesOnFromWhatItCountedOrRefuses() {
        try (TestRedis server = TestRedis.start();
                Redis redis = open("redis://127.0.0.1:" + server.port())) {
            CapabilitySet.Entry entry = entry(Map.of("calls_per_day", 5L));
            CallQuota local = quota(redis);
            CallQuota refusing =
                    new CallQuota(Optional.of(new SharedLimits(redis, OnBackendFailure.REFUSE)));
            assertThat(take(local, entry)).isEmpty();
            assertThat(take(local, entry)).isEmpty();
            server.halt();
            int passed = 2;
            while (take(local, entry).isEmpty()) {
                passed++;
            }
            assertThat(passed).isEqualTo(5);
            assertThatThrownBy(() -> take(refusing, entry))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("is not known");
        }
    }

    private static Redis open(String url) {
        return Redis.open(RedisConfig.of(url).withTimeout(Duration.ofSeconds(5)));
    }

    private static CallQuota quota(Redis redis) {
        return new CallQuota(Optional.of(new SharedLimits(redis, OnBackendFailure.LOCAL)));
    }

    private static Optional<Duration> take(CallQuota quota, CapabilitySet.Entry entry) {
        return quota.take(
                TestEngine.ACME,
                List.of(new CapabilitySearch.Held(TestEngine.AGENT.text(), entry)),
                ANOTHER_TIME);
    }

    private static CapabilitySet.Entry entry(Map<String, Long> limits) {
        return new CapabilitySet.Entry(
                new Capability(READ, Optional.empty(), limits, List.of()), ANOTHER_TIME, "granted");
    }
}
