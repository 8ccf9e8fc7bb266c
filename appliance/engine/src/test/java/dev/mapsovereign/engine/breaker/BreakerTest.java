package dev.mapsovereign.engine.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
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
            permit.succeeded();
        } else {
            permit.failed();
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
        second.succeeded();
    }

    @Test
    void end_callFromAnEarlierState_saysNothingAboutThePresentOne() {
        Breaker.Permit slow = breaker.tryAcquire().orElseThrow();
        open();
        advance(POLICY.openTime());
        Optional<Breaker.Permit> probe = breaker.tryAcquire();
        slow.failed();

        assertThat(breaker.stateName()).isEqualTo("half_open");
        probe.orElseThrow().succeeded();
        call(true);
        assertThat(breaker.stateName()).isEqualTo("closed");
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
                    permit.succeeded();
                } else {
                    permit.failed();
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
