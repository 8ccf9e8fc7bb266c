package dev.mapsovereign.engine.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mapsovereign.engine.Crowd;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.route.Endpoint;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SeededRandomExtension.class)
final class EndpointPoolTest {
    private static final BreakerPolicy POLICY =
            new BreakerPolicy(1, 1, 100, Duration.ofSeconds(30), Duration.ofSeconds(10), 1);

    /** One that never opens: 64 of 64 calls would have to fail. */
    private static final BreakerPolicy NEVER_OPEN =
            new BreakerPolicy(64, 64, 100, Duration.ofHours(1), Duration.ofSeconds(1), 1);

    private static final OutlierPolicy NEVER_OUT =
            new OutlierPolicy(
                    0,
                    0,
                    1,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    0);

    private static Endpoint endpoint(int port, int weight) {
        return Endpoint.at(URI.create("http://127.0.0.1:" + port), weight);
    }

    private static List<Endpoint> endpoints(int... weights) {
        List<Endpoint> list = new ArrayList<>();
        for (int weight : weights) {
            list.add(endpoint(list.size() + 1, weight));
        }
        return list;
    }

    private static EndpointPool pool(int endpoints, int inFlightMax) {
        int[] weights = new int[endpoints];
        java.util.Arrays.fill(weights, 1);
        return EndpointPool.remote(endpoints(weights), POLICY, NEVER_OUT, inFlightMax);
    }

    @Test
    void lease_oneOfTwoBusy_takesTheOther() {
        EndpointPool pool = pool(2, 10);
        EndpointLease busy = pool.lease().orElseThrow();
        for (int i = 0; i < 20; i++) {
            try (EndpointLease lease = pool.lease().orElseThrow()) {
                assertThat(lease.endpoint()).isNotEqualTo(busy.endpoint());
            }
        }
    }

    /** Idle, each gets its share of the calls by weight alone. */
    @Test
    void lease_oneCallAfterAnother_isSharedByWeight(SeededRandom random) {
        int[] weights = {5, 3, 1, 1};
        EndpointPool pool =
                new EndpointPool(
                        endpoints(weights),
                        NEVER_OPEN,
                        NEVER_OUT,
                        10,
                        System::nanoTime,
                        random::nextInt);
        int[] calls = new int[weights.length];
        int all = 20_000;
        for (int i = 0; i < all; i++) {
            try (EndpointLease lease = pool.lease().orElseThrow()) {
                calls[pool.endpoints().indexOf(lease.state())]++;
            }
        }

        for (int at = 0; at < weights.length; at++) {
            assertThat((double) calls[at] / all).isCloseTo(weights[at] / 10.0, within(0.02));
        }
    }

    /** Busy, the calls in flight are shared by weight, whatever their order of ending. */
    @Test
    void lease_manyCallsInFlight_areSharedByWeight(SeededRandom random) {
        int[] weights = {4, 2, 1, 1};
        EndpointPool pool =
                new EndpointPool(
                        endpoints(weights),
                        NEVER_OPEN,
                        NEVER_OUT,
                        10_000,
                        System::nanoTime,
                        random::nextInt);
        List<EndpointLease> held = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            held.add(pool.lease().orElseThrow());
            if (held.size() > 800) {
                held.remove(random.nextInt(held.size())).close();
            }
        }

        for (int at = 0; at < weights.length; at++) {
            assertThat(pool.endpoints().get(at).inFlight())
                    .isCloseTo(weights[at] * 100, within(15));
        }
    }

    @Test
    void lease_allFull_isEmptyUntilOneIsClosed() {
        EndpointPool pool = pool(2, 1);
        EndpointLease first = pool.lease().orElseThrow();
        assertThat(pool.lease()).isPresent();
        assertThat(pool.lease()).isEmpty();
        first.close();
        first.close();

        assertThat(pool.lease()).isPresent();
        assertThat(pool.lease()).as("closing twice frees one place").isEmpty();
    }

    @Test
    void lease_unhealthyDrainedOrTried_isLeftOut() {
        EndpointPool pool = pool(4, 10);
        pool.endpoints().get(0).healthy(false);
        pool.endpoints().get(1).drained(true);
        List<EndpointLease> tried = new ArrayList<>();
        while (tried.isEmpty() || !tried.getFirst().endpoint().name().endsWith(":3")) {
            tried.clear();
            tried.add(pool.lease().orElseThrow());
        }
        for (int i = 0; i < 20; i++) {
            try (EndpointLease lease = pool.leaseBeside(tried).orElseThrow()) {
                assertThat(lease.endpoint().name()).endsWith(":4");
            }
        }
        assertThat(pool.endpoints())
                .extracting(EndpointState::condition)
                .containsExactly("unhealthy", "drained", "serving", "serving");
        pool.endpoints().get(1).drained(false);
        assertThat(pool.endpoints().get(1).condition()).isEqualTo("serving");
    }

    @Test
    void leasePreferred_theBestOfThoseThatAreWellThenOfTheOthers() {
        EndpointPool pool = pool(3, 1);
        List<EndpointState> states = pool.endpoints();
        ToLongFunction<Endpoint> laterIsBetter =
                endpoint -> states.stream().map(EndpointState::endpoint).toList().indexOf(endpoint);

        EndpointLease best = pool.leasePreferred(laterIsBetter, List.of()).orElseThrow();
        assertThat(best.state()).isSameAs(states.get(2));
        // Full: the next best.
        assertThat(pool.leasePreferred(laterIsBetter, List.of()).orElseThrow().state())
                .isSameAs(states.get(1));
        best.close();

        states.get(2).healthy(false);
        EndpointLease well = pool.leasePreferred(laterIsBetter, List.of()).orElseThrow();
        assertThat(well.state()).isSameAs(states.get(0));
        assertThat(pool.leasePreferred(laterIsBetter, List.of(well)).orElseThrow().state())
                .isSameAs(states.get(2));
        states.get(2).drained(true);
        assertThat(pool.leasePreferred(laterIsBetter, List.of())).isEmpty();
    }

    @Test
    void lease_oneBreakerOpen_isLeftOutAndAllOpenAdmitNobody() {
        EndpointPool pool = pool(2, 10);
        EndpointLease failing = pool.lease().orElseThrow();
        failing.failed(0);
        failing.close();
        EndpointLease other = pool.lease().orElseThrow();
        assertThat(other.endpoint().name()).isNotEqualTo(failing.endpoint().name());
        assertThat(pool.anyBreakerAdmits()).isTrue();
        other.failed(0);
        other.close();

        assertThat(pool.anyBreakerAdmits()).isFalse();
        assertThat(pool.shortestWait()).isPositive().isLessThanOrEqualTo(POLICY.openTime());
        assertThat(pool.lease()).isEmpty();
    }

    @Test
    void lease_manyThreads_neverMoreThanAllowedAtOneEndpoint() throws Exception {
        EndpointPool pool = EndpointPool.remote(endpoints(3, 1, 2), NEVER_OPEN, NEVER_OUT, 5);
        List<AtomicInteger> held =
                List.of(new AtomicInteger(), new AtomicInteger(), new AtomicInteger());
        List<Integer> seen =
                Crowd.run(
                        200,
                        () -> {
                            int most = 0;
                            for (int i = 0; i < 200; i++) {
                                Optional<EndpointLease> lease = pool.lease();
                                if (lease.isPresent()) {
                                    AtomicInteger own =
                                            held.get(pool.endpoints().indexOf(lease.get().state()));
                                    most = Math.max(most, own.incrementAndGet());
                                    // Others get the processor while this place is taken.
                                    LockSupport.parkNanos(1_000);
                                    own.decrementAndGet();
                                    lease.get().close();
                                }
                            }
                            return most;
                        });

        assertThat(seen).allMatch(count -> count <= 5).anyMatch(count -> count > 1);
        assertThat(pool.endpoints()).allMatch(state -> state.inFlight() == 0);
    }

    @Test
    void failed_inARow_isEjectedForATimeThatGrowsAndShrinksAgain() {
        AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
        Duration time = Duration.ofSeconds(10);
        OutlierPolicy policy = new OutlierPolicy(3, 0, 1, time, time, Duration.ofSeconds(25), 50);
        EndpointPool pool =
                new EndpointPool(
                        endpoints(1, 1),
                        NEVER_OPEN,
                        policy,
                        10,
                        now::get,
                        bound -> ThreadLocalRandom.current().nextInt(bound));
        EndpointState bad = pool.endpoints().getFirst();

        for (int seconds : new int[] {10, 20, 25, 25}) {
            fail(pool, bad, 2);
            assertThat(bad.ejected()).isFalse();
            fail(pool, bad, 1);
            assertThat(bad.condition()).isEqualTo("ejected");
            now.addAndGet(Duration.ofSeconds(seconds).toNanos() - 1);
            assertThat(bad.ejected()).as("%s s", seconds).isTrue();
            now.addAndGet(1);
            assertThat(bad.ejected()).as("%s s", seconds).isFalse();
        }
        now.addAndGet(time.multipliedBy(10).toNanos());
        fail(pool, bad, 3);
        now.addAndGet(time.toNanos());
        assertThat(bad.ejected()).as("forgiven").isFalse();
        assertThat(bad.ejections()).isEqualTo(5);
    }

    @Test
    void failed_withSuccessesBetween_isEjectedByItsShareOfOneIntervalAlone() {
        AtomicLong now = new AtomicLong();
        Duration time = Duration.ofSeconds(10);
        OutlierPolicy policy = new OutlierPolicy(3, 50, 8, time, time, time, 50);
        EndpointPool pool =
                new EndpointPool(endpoints(1, 1), NEVER_OPEN, policy, 10, now::get, _ -> 0);
        EndpointState bad = pool.endpoints().getFirst();
        for (int i = 0; i < 4; i++) {
            fail(pool, bad, 1);
            bad.countSuccess();
            now.addAndGet(time.toNanos());
        }
        assertThat(bad.ejected()).as("one call in each interval").isFalse();
        for (int i = 0; i < 3; i++) {
            fail(pool, bad, 1);
            bad.countSuccess();
        }
        bad.countSuccess();
        assertThat(bad.ejected()).isFalse();
        fail(pool, bad, 1);

        assertThat(bad.ejected()).as("4 of 8").isTrue();
    }

    private static void fail(EndpointPool pool, EndpointState state, int times) {
        for (int i = 0; i < times; i++) {
            pool.failed(state);
        }
    }

    /**
     * Whatever fails, whenever, and however many endpoints there are and were. The clock stands
     * still while many fail at once, so that no ejection ends while they are counted.
     */
    @Test
    void failed_everywhere_neverMoreThanTheShareIsEjected(SeededRandom random) throws Exception {
        AtomicLong now = new AtomicLong(random.nextLong());
        int most = 0;
        for (int round = 0; round < 30; round++) {
            int percent = random.nextInt(101);
            Duration time = Duration.ofSeconds(10);
            EndpointPool pool =
                    new EndpointPool(
                            weights(random),
                            NEVER_OPEN,
                            new OutlierPolicy(1, 0, 1, time, time, time.multipliedBy(3), percent),
                            1_000,
                            now::get,
                            _ -> 0);
            for (int phase = 0; phase < 10; phase++) {
                List<EndpointState> all = pool.endpoints();
                List<Long> seen =
                        Crowd.run(
                                4 * all.size(),
                                () -> {
                                    pool.failed(
                                            all.get(
                                                    ThreadLocalRandom.current()
                                                            .nextInt(all.size())));
                                    return all.stream().filter(EndpointState::ejected).count();
                                });
                assertThat(seen)
                        .as("round %s, %s percent of %s", round, percent, all.size())
                        .allMatch(count -> count * 100 <= (long) percent * all.size());
                most = Math.max(most, (int) seen.stream().mapToLong(each -> each).max().orElse(0));
                now.addAndGet(random.nextInt(25) * 1_000_000_000L);
                pool.replace(weights(random));
                long kept = pool.endpoints().stream().filter(EndpointState::ejected).count();
                assertThat(kept * 100).isLessThanOrEqualTo((long) percent * pool.size());
            }
        }
        assertThat(most).as("some were ejected").isGreaterThan(1);
    }

    private static List<Endpoint> weights(SeededRandom random) {
        int[] weights = new int[1 + random.nextInt(8)];
        java.util.Arrays.setAll(weights, _ -> 1 + random.nextInt(5));
        return endpoints(weights);
    }

    @Test
    void replace_otherEndpoints_keepWhatIsKnownAndLetCallsEnd() {
        EndpointPool pool = EndpointPool.remote(endpoints(1, 1), POLICY, NEVER_OUT, 10);
        EndpointState stays = pool.endpoints().get(0);
        EndpointState goes = pool.endpoints().get(1);
        stays.drained(true);
        EndpointLease running = pool.lease().orElseThrow();
        stays.drained(false);
        EndpointLease failed = pool.leaseBeside(List.of(running)).orElseThrow();
        failed.failed(0);
        failed.close();

        List<EndpointState> gone = pool.replace(List.of(endpoint(1, 7), endpoint(3, 1)));

        assertThat(gone).containsExactly(goes);
        assertThat(goes.condition()).isEqualTo("removed");
        assertThat(goes.inFlight()).as("goes on").isEqualTo(1);
        assertThat(pool.endpoints().getFirst()).isSameAs(stays);
        assertThat(stays.endpoint().weight()).isEqualTo(7);
        assertThat(stays.condition()).as("its breaker is still open").isEqualTo("open");
        for (int i = 0; i < 5; i++) {
            assertThat(pool.lease().orElseThrow().endpoint().name()).endsWith(":3");
        }
        running.succeeded(1);
        running.close();
        assertThat(goes.inFlight()).isZero();
    }

    @Test
    void replace_fewerEndpoints_takesBackWhoIsOneTooMany() {
        OutlierPolicy policy =
                new OutlierPolicy(
                        1, 0, 1, Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1), 50);
        EndpointPool pool = EndpointPool.remote(endpoints(1, 1, 1, 1), NEVER_OPEN, policy, 10);
        pool.endpoints().forEach(pool::failed);
        assertThat(pool.endpoints().stream().filter(EndpointState::ejected).count()).isEqualTo(2);
        pool.replace(endpoints(1, 1));

        assertThat(pool.endpoints().stream().filter(EndpointState::ejected).count()).isEqualTo(1);
    }

    @Test
    void local_anyNumberOfFailures_staysOpenToEverybody() {
        EndpointPool pool = EndpointPool.local();
        for (int i = 0; i < 200; i++) {
            try (EndpointLease lease = pool.lease().orElseThrow()) {
                lease.failed(0);
            }
        }

        assertThat(pool.anyBreakerAdmits()).isTrue();
        assertThat(pool.lease()).isPresent();
    }
}
