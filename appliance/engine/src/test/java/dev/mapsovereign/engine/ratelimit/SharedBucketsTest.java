package dev.mapsovereign.engine.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mapsovereign.redis.Redis;
import dev.mapsovereign.redis.RedisConfig;
import dev.mapsovereign.redis.RedisScript;
import dev.mapsovereign.redis.RedisUnavailableException;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import dev.mapsovereign.testing.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Buckets that several nodes share, each node with a door of its own to one real server. */
@ExtendWith(SeededRandomExtension.class)
class SharedBucketsTest {
    private static final RedisScript SET =
            new RedisScript("redis.call('SET', KEYS[1], ARGV[1]) return {1}");

    /** Half of it everybody calls, half of it nobody does. */
    private static final long PHASE_NANOS = 300_000_000;

    private final String url = TestRedis.shared().freshUrl();

    /** Each node: what it does until the end, as moments at which a call was let through. */
    private record Admitted(long[] moments) {}

    /**
     * Over every stretch of time: no more calls than the bucket gives in it, and what the nodes had
     * leased before. Some nodes want far more than there is, some little.
     */
    @RepeatedTest(4)
    void take_severalNodesAtRandom_neverExceedTheLimitByMoreThanTheirLeases(SeededRandom random)
            throws Exception {
        int nodes = random.nextInt(2, 5);
        long perSecond = random.nextLong(20, 6_000);
        Rate rate = Rate.perSecond(perSecond, random.nextLong(1, 2 * perSecond));
        long until = System.nanoTime() + Duration.ofMillis(1_200).toNanos();
        List<Redis> doors = new ArrayList<>();
        List<Future<Admitted>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int node = 0; node < nodes; node++) {
                Redis door = open();
                doors.add(door);
                SharedBuckets<String> buckets = buckets(door);
                int callers = random.nextInt(1, 9);
                for (int caller = 0; caller < callers; caller++) {
                    long seed = random.nextLong();
                    long pauseMax = random.nextLong(1, 2_000_000);
                    running.add(
                            threads.submit(() -> callUntil(until, buckets, rate, seed, pauseMax)));
                }
            }
        }
        List<long[]> all = new ArrayList<>();
        for (Future<Admitted> each : running) {
            all.add(each.get().moments());
        }
        doors.forEach(Redis::close);
        long[] moments = all.stream().flatMapToLong(Arrays::stream).sorted().toArray();

        String plan = nodes + " nodes, " + rate + ", " + moments.length + " calls; " + random;
        // Each caller may be one that waits.
        long leased = nodes * TokenLease.callsMax(rate) + running.size();
        double most = (double) (rate.burst() + leased + 1);
        assertThat(excess(moments, rate)).as(plan).isLessThanOrEqualTo(most);
    }

    @Test
    void take_moreIsAskedForThanThereIs_whatThereIsIsGiven() throws Exception {
        Rate rate = Rate.perSecond(2_000, 500);
        long begun = System.nanoTime();
        long until = begun + Duration.ofSeconds(1).toNanos();
        long given = 0;
        try (Redis one = open();
                Redis other = open();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Admitted>> running = new ArrayList<>();
            for (Redis door : List.of(one, other, one)) {
                SharedBuckets<String> buckets = buckets(door);
                running.add(threads.submit(() -> callUntil(until, buckets, rate, 1, 2_000_000)));
            }
            for (Future<Admitted> each : running) {
                given += each.get().moments().length;
            }
        }
        // Half of it may be lost: a machine that stands still for a while lets leases expire.
        assertThat(given).isBetween(900L, 2_500L + 3 * TokenLease.callsMax(rate) + 500);
    }

    private static Admitted callUntil(
            long until, SharedBuckets<String> buckets, Rate rate, long seed, long pauseMax)
            throws RedisUnavailableException {
        SplittableRandom random = new SplittableRandom(seed);
        long[] moments = new long[1 << 16];
        int count = 0;
        while (System.nanoTime() < until && count < moments.length) {
            if (buckets.take("bucket", rate).waitNanos() == 0) {
                moments[count++] = System.nanoTime();
            }
            if (random.nextInt(8) == 0) {
                LockSupport.parkNanos(random.nextLong(pauseMax));
            }
            // Together, shorter than a lease lasts: what was leased before meets a bucket that has
            // filled up meanwhile.
            long quiet = (until - System.nanoTime()) % PHASE_NANOS - PHASE_NANOS / 2;
            if (quiet > 0) {
                LockSupport.parkNanos(quiet);
            }
        }
        return new Admitted(Arrays.copyOf(moments, count));
    }

    /** The most calls in any stretch of time beyond what is refilled in it. */
    private static double excess(long[] moments, Rate rate) {
        double worst = 0;
        double leastBefore = Double.MAX_VALUE;
        for (int i = 0; i < moments.length; i++) {
            double refilled = (double) (moments[i] - moments[0]) / rate.costNanos();
            leastBefore = Math.min(leastBefore, i - refilled);
            worst = Math.max(worst, i + 1 - refilled - leastBefore);
        }
        return worst;
    }

    @Test
    void take_noRefill_severalNodesGetExactlyTheBurst() throws Exception {
        Rate rate = new Rate(1, Duration.ofDays(1), 57);
        try (Redis one = open();
                Redis other = open()) {
            List<SharedBuckets<String>> nodes = List.of(buckets(one), buckets(other));
            int admitted = 0;
            for (int i = 0; i < 200; i++) {
                Taken taken = nodes.get(i % 2).take("bucket", rate);
                if (taken.waitNanos() == 0) {
                    admitted++;
                }
            }
            assertThat(admitted).isEqualTo(57);
            Taken refused = buckets(one).take("bucket", rate);
            assertThat(Duration.ofNanos(refused.waitNanos()))
                    .isBetween(Duration.ofHours(23), Duration.ofDays(1));
            assertThat(refused.fullInNanos() / rate.costNanos()).isBetween(56L, 57L);
        }
    }

    @Test
    void take_remaining_isWhatTheMemoryBucketWouldSay() throws Exception {
        Rate rate = new Rate(1, Duration.ofDays(1), 40);
        try (Redis one = open()) {
            SharedBuckets<String> shared = buckets(one);
            MemoryTokenBuckets<String> memory = new MemoryTokenBuckets<>(10, System.nanoTime());
            for (int i = 0; i < 45; i++) {
                long now = System.nanoTime();
                long wait = memory.take("bucket", rate, now);
                Taken taken = shared.take("bucket", rate);
                assertThat(taken.waitNanos() == 0).isEqualTo(wait == 0);
                RateState expected = RateState.of(rate, memory.fullIn("bucket", now));
                RateState state = RateState.of(rate, taken.fullInNanos());
                assertThat(state.remaining()).isEqualTo(expected.remaining());
                assertThat(state.limit()).isEqualTo(expected.limit());
                assertThat(state.reset()).isCloseTo(expected.reset(), Duration.ofMinutes(1));
            }
        }
    }

    @Test
    void take_thousandsOfCalls_needFewQuestions() throws Exception {
        Rate rate = Rate.perSecond(1_000_000, 1_000_000);
        try (Redis one = open()) {
            SharedLimits limits = new SharedLimits(one, OnBackendFailure.LOCAL);
            SharedBuckets<String> buckets = new SharedBuckets<>(limits, key -> key);
            for (int i = 0; i < 200_000; i++) {
                assertThat(buckets.take("bucket", rate).waitNanos()).isZero();
            }
            assertThat(limits.leases()).isLessThan(2_000);
            assertThat(limits.leasedCalls()).isBetween(200_000L, 200_000L + 10_000);
        }
    }

    @Test
    void script_clockWasSetBackOrAValueIsStrange_costsAtMostOneBucket() throws Exception {
        Rate rate = new Rate(1, Duration.ofSeconds(100), 2);
        try (Redis one = open()) {
            one.run(SET, List.of("bucket"), List.of("9000000000000000"));
            Taken refused = buckets(one).take("bucket", rate);
            assertThat((double) refused.waitNanos()).isCloseTo(1e11, within(1e10));
            one.run(SET, List.of("bucket"), List.of("nonsense"));
            assertThat(buckets(one).take("bucket", rate).waitNanos()).isZero();
        }
    }

    @Test
    void script_bucketThatIsFullAgain_isGone() throws Exception {
        try (Redis one = open()) {
            RedisScript left = new RedisScript("return {redis.call('PTTL', KEYS[1])}");
            buckets(one).take("bucket", new Rate(1, Duration.ofSeconds(100), 2));
            assertThat(one.run(left, List.of("bucket"), List.of()).getFirst())
                    .isBetween(1L, 100_000L);
        }
    }

    private Redis open() {
        return Redis.open(RedisConfig.of(url).withTimeout(Duration.ofSeconds(5)));
    }

    private static SharedBuckets<String> buckets(Redis redis) {
        return new SharedBuckets<>(new SharedLimits(redis, OnBackendFailure.LOCAL), key -> key);
    }
}
