package dev.mapsovereign.engine.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.engine.Crowd;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SeededRandomExtension.class)
final class MemoryTokenBucketsTest {
    /** A bucket as a textbook has it: a level that is refilled, and permits that are taken. */
    private static final class DullBucket {
        private final long capacity;
        private final long cost;
        private long level;
        private long refilledAt;

        DullBucket(Rate rate, long now) {
            cost = rate.per().toNanos() / rate.permits();
            capacity = cost * rate.burst();
            level = capacity;
            refilledAt = now;
        }

        long take(long now) {
            level = Math.min(capacity, level + (now - refilledAt));
            refilledAt = now;
            if (level < cost) {
                return cost - level;
            }
            level -= cost;
            return 0;
        }
    }

    @Test
    void take_randomTimes_agreesWithTheDullBucket(SeededRandom random) {
        for (int round = 0; round < 200; round++) {
            Rate rate =
                    new Rate(
                            1 + random.nextInt(1_000),
                            Duration.ofMillis(1 + random.nextInt(5_000)),
                            1 + random.nextInt(50));
            // A monotonic clock may start anywhere, near its overflow too.
            long now = round % 2 == 0 ? random.nextLong() : Long.MAX_VALUE - 1_000;
            MemoryTokenBuckets<String> buckets = new MemoryTokenBuckets<>(10, now);
            Map<String, DullBucket> dull = new HashMap<>();
            for (int step = 0; step < 500; step++) {
                now += random.nextLong(2 * rate.costNanos() + 2);
                String key = "key-" + random.nextInt(3);
                long start = now;
                DullBucket model = dull.computeIfAbsent(key, absent -> new DullBucket(rate, start));

                assertThat(buckets.take(key, rate, now))
                        .as("round %s, step %s, %s", round, step, rate)
                        .isEqualTo(model.take(now));
            }
        }
    }

    @Test
    void take_afterTheWaitItNamed_isAdmitted(SeededRandom random) {
        Rate rate = Rate.perSecond(7, 3);
        MemoryTokenBuckets<String> buckets = new MemoryTokenBuckets<>(1, 0);
        long now = 0;
        for (int step = 0; step < 1_000; step++) {
            long wait = buckets.take("key", rate, now);
            if (wait > 0) {
                assertThat(buckets.take("key", rate, now + wait - 1)).isEqualTo(1);
                assertThat(buckets.take("key", rate, now + wait)).isZero();
                now += wait;
            }
            now += random.nextLong(50_000_000);
        }
    }

    @Test
    void take_manyThreadsAtOneMoment_admitsExactlyTheBurst() throws Exception {
        Rate rate = Rate.perSecond(1, 1_000);
        MemoryTokenBuckets<String> buckets = new MemoryTokenBuckets<>(1, 0);
        List<Integer> admitted =
                Crowd.run(
                        8,
                        () -> {
                            int mine = 0;
                            for (int i = 0; i < 500; i++) {
                                mine += buckets.take("key", rate, 5) == 0 ? 1 : 0;
                            }
                            return mine;
                        });

        assertThat(admitted.stream().mapToInt(Integer::intValue).sum()).isEqualTo(1_000);
    }

    @Test
    void take_moreKeysThanAllowed_refusesNewKeysUntilOldOnesAreFullAgain() {
        Rate rate = Rate.perSecond(1, 1);
        MemoryTokenBuckets<Integer> buckets = new MemoryTokenBuckets<>(100, 0);
        for (int key = 0; key < 100; key++) {
            assertThat(buckets.take(key, rate, 0)).isZero();
        }

        assertThat(buckets.take(100, rate, 1)).isPositive();
        assertThat(buckets.size()).isEqualTo(100);
        assertThat(buckets.take(5, rate, 2)).as("known keys keep their history").isPositive();

        long later = Duration.ofSeconds(3).toNanos();
        assertThat(buckets.take(100, rate, later)).isZero();
        assertThat(buckets.size()).isEqualTo(1);
    }

    @Test
    void sourceKey_ipv6_isTheNetworkOfItsHost() {
        assertThat(SourceKey.of("2001:db8:1:2::3")).isEqualTo(SourceKey.of("2001:db8:1:2:ffff::9"));
        assertThat(SourceKey.of("2001:db8:1:2::3")).isNotEqualTo(SourceKey.of("2001:db8:1:3::3"));
        assertThat(SourceKey.of("192.0.2.1")).isNotEqualTo(SourceKey.of("192.0.2.2"));
        assertThat(SourceKey.of("control-socket")).isEqualTo("control-socket");
    }
}
