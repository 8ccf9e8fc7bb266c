package dev.mapsovereign.engine.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.engine.Crowd;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SeededRandomExtension.class)
final class BreakerTest {
    private static final BreakerPolicy POLICY =
            new BreakerPolicy(4, 8, 50, Duration.ofSeconds(30), Duration.ofSeconds(10), 2);

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final Breaker breaker = new Breaker(POLICY, now::get);

    private void call(boolean success) {
        Breaker.Permit permit = breaker.tryAcquire().orElseThrow();
        if (success) {
            permit.succeeded(0);
        } else {
            permit.failed(0);
        }
    }

    private void advance(Duration time) {
        now.addAndGet(time.toNanos());
    }

    private void open() {
        for (int i = 0; i < POLICY.callsMin(); i++) {
            call(false);
        }
        assertThat(breaker.stateName()).isEqualTo("open");
    }

    @Test
    void failed_fewerThanTheLeastJudged_staysClosed() {
        for (int i = 0; i < POLICY.callsMin() - 1; i++) {
            call(false);
        }

        assertThat(breaker.stateName()).isEqualTo("closed");
    }

    @Test
    void failed_shareReached_opensAndNamesTheWait() {
        call(true);
        call(true);
        call(false);
        assertThat(breaker.admits()).isTrue();
        call(false);

        assertThat(breaker.admits()).isFalse();
        assertThat(breaker.tryAcquire()).isEmpty();
        assertThat(breaker.waitNanos()).hasValue(POLICY.openTime().toNanos());
    }

    @Test
    void failed_afterALongPause_earlierFailuresAreForgotten() {
        call(false);
        call(false);
        call(false);
        advance(POLICY.windowTime().plusNanos(1));
        call(false);

        assertThat(breaker.stateName()).isEqualTo("closed");
    }

    @Test
    void tryAcquire_openTimeOver_letsAsManyThroughAsThereAreProbes() {
        open();
        advance(POLICY.openTime().minusNanos(1));
        assertThat(breaker.tryAcquire()).isEmpty();
        advance(Duration.ofNanos(1));

        assertThat(breaker.tryAcquire()).isPresent();
        assertThat(breaker.tryAcquire()).isPresent();
        assertThat(breaker.tryAcquire()).isEmpty();
    }

    @Test
    void succeeded_allProbes_closes() {
        open();
        advance(POLICY.openTime());
        call(true);
        assertThat(breaker.stateName()).isEqualTo("half_open");
        call(true);

        assertThat(breaker.stateName()).isEqualTo("closed");
    }

    @Test
    void failed_oneProbe_opensAgainForTheWholeTime() {
        open();
        advance(POLICY.openTime());
        call(true);
        call(false);

        assertThat(breaker.waitNanos()).hasValue(POLICY.openTime().toNanos());
    }

    @Test
    void release_probeThatNeverArrived_leavesItsPlaceToAnother() {
        open();
        advance(POLICY.openTime());
        Breaker.Permit first = breaker.tryAcquire().orElseThrow();
        Breaker.Permit second = breaker.tryAcquire().orElseThrow();
        first.release();
        first.release();

        assertThat(breaker.tryAcquire()).as("one place, once").isPresent();
        assertThat(breaker.tryAcquire()).isEmpty();
        second.succeeded(0);
    }

    @Test
    void end_callFromAnEarlierState_saysNothingAboutThePresentOne() {
        Breaker.Permit slow = breaker.tryAcquire().orElseThrow();
        open();
        advance(POLICY.openTime());
        Optional<Breaker.Permit> probe = breaker.tryAcquire();
        slow.failed(0);

        assertThat(breaker.stateName()).isEqualTo("half_open");
        probe.orElseThrow().succeeded(0);
        call(true);
        assertThat(breaker.stateName()).isEqualTo("closed");
    }

    @Test
    void succeeded_laterThanSlowTime_countsAsSlowAndOpens() {
        Breaker slow = slowBreaker();
        for (int i = 0; i < 4; i++) {
            slow.tryAcquire().orElseThrow().succeeded(Duration.ofSeconds(1).toNanos());
        }
        assertThat(slow.stateName()).as("as long as allowed").isEqualTo("closed");
        for (int i = 0; i < 4; i++) {
            slow.tryAcquire().orElseThrow().succeeded(Duration.ofSeconds(1).toNanos() + 1);
        }

        assertThat(slow.stateName()).isEqualTo("open");
    }

    @Test
    void succeeded_slowProbe_opensAgain() {
        Breaker slow = slowBreaker();
        for (int i = 0; i < 4; i++) {
            slow.tryAcquire().orElseThrow().succeeded(Long.MAX_VALUE);
        }
        advance(POLICY.openTime());
        slow.tryAcquire().orElseThrow().succeeded(Long.MAX_VALUE);

        assertThat(slow.stateName()).isEqualTo("open");
    }

    private Breaker slowBreaker() {
        return new Breaker(
                new BreakerPolicy(
                        4,
                        8,
                        100,
                        Optional.of(Duration.ofSeconds(1)),
                        50,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(10),
                        2),
                now::get);
    }

    /** However many threads come at the moment at which the open time is over. */
    @Test
    void tryAcquire_crowdAtAHalfOpenBreaker_neverMoreThanTheProbes() throws Exception {
        for (int round = 0; round < 50; round++) {
            Breaker crowded = new Breaker(POLICY, now::get);
            for (int i = 0; i < POLICY.callsMin(); i++) {
                crowded.tryAcquire().orElseThrow().failed(0);
            }
            advance(POLICY.openTime());
            AtomicInteger number = new AtomicInteger();
            List<Boolean> through =
                    Crowd.run(
                            64,
                            () -> {
                                Optional<Breaker.Permit> permit = crowded.tryAcquire();
                                boolean kept =
                                        permit.isPresent() && number.incrementAndGet() % 3 != 0;
                                if (!kept) {
                                    permit.ifPresent(Breaker.Permit::release);
                                }
                                return kept;
                            });

            assertThat(through.stream().filter(kept -> kept).count())
                    .as("round %s, those that gave their place back aside", round)
                    .isBetween(1L, (long) POLICY.probes());
        }
    }

    /** No outcome counts that is older than the window's time; each for at least half of it. */
    @Test
    void closed_randomTimes_noOutcomeOlderThanTheWindowOpens(SeededRandom random) {
        Duration time = Duration.ofSeconds(10);
        BreakerPolicy policy = new BreakerPolicy(4, BreakerPolicy.WINDOW_MAX, 100, time, time, 1);
        int opened = 0;
        for (int round = 0; round < 2_000; round++) {
            Breaker tested = new Breaker(policy, now::get);
            Deque<Long> failures = new ArrayDeque<>();
            for (int step = 0; step < 30 && tested.stateName().equals("closed"); step++) {
                now.addAndGet(random.nextInt(4_000) * 1_000_000L);
                tested.tryAcquire().orElseThrow().failed(0);
                failures.addLast(now.get());
                long young = within(failures, time.toNanos());
                long surely = within(failures, time.toNanos() / 2);
                if (tested.stateName().equals("open")) {
                    opened++;
                    assertThat(young).isGreaterThanOrEqualTo(policy.callsMin());
                } else {
                    assertThat(surely).isLessThan(policy.callsMin());
                }
            }
        }
        assertThat(opened).isPositive();
    }

    private long within(Deque<Long> times, long nanos) {
        return times.stream().filter(each -> now.get() - each < nanos).count();
    }

    /** The window of bits against a list of outcomes. */
    @Test
    void closed_randomOutcomes_opensExactlyWhenTheListSays(SeededRandom random) {
        for (int round = 0; round < 300; round++) {
            int callsMin = 1 + random.nextInt(20);
            int window = callsMin + random.nextInt(BreakerPolicy.WINDOW_MAX - callsMin + 1);
            BreakerPolicy policy =
                    new BreakerPolicy(
                            callsMin,
                            window,
                            1 + random.nextInt(100),
                            Duration.ofSeconds(1),
                            Duration.ofSeconds(1),
                            1);
            Breaker tested = new Breaker(policy, now::get);
            Deque<Boolean> outcomes = new ArrayDeque<>();
            double failureShare = random.nextDouble();
            for (int step = 0; step < 300 && tested.stateName().equals("closed"); step++) {
                boolean success = random.nextDouble() >= failureShare;
                Breaker.Permit permit = tested.tryAcquire().orElseThrow();
                if (success) {
                    permit.succeeded(0);
                } else {
                    permit.failed(0);
                }
                outcomes.addLast(success);
                if (outcomes.size() > window) {
                    outcomes.removeFirst();
                }
                long failures = outcomes.stream().filter(outcome -> !outcome).count();
                boolean shouldOpen =
                        !success
                                && outcomes.size() >= callsMin
                                && failures * 100
                                        >= (long) policy.failurePercent() * outcomes.size();
                assertThat(tested.stateName())
                        .as("round %s, step %s, %s", round, step, policy)
                        .isEqualTo(shouldOpen ? "open" : "closed");
            }
        }
    }
}
