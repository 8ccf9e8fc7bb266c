package dev.mapsovereign.engine.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How much a node leases, from a bucket that gives whatever is asked for. */
class TokenLeaseTest {
    private static final Duration PATIENT = Duration.ofSeconds(30);

    private final AtomicLong given = new AtomicLong();
    private final AtomicLong used = new AtomicLong();
    private final Queue<Long> held = new ConcurrentLinkedQueue<>();

    private TokenLease.Grant give(long wanted) {
        held.add(given.addAndGet(wanted) - used.get());
        return new TokenLease.Grant(wanted, 0, 0);
    }

    @Test
    void take_fast_leasesGrowAndAreNeverMoreThanTheBound() throws Exception {
        Rate rate = Rate.perSecond(5_000, 10_000);
        TokenLease lease = new TokenLease(rate, this::give, PATIENT);
        for (int i = 0; i < 200_000; i++) {
            assertThat(lease.take().waitNanos()).isZero();
            used.incrementAndGet();
        }
        assertThat(TokenLease.callsMax(rate)).isEqualTo(500);
        // The call that is on its way back is not counted as used yet.
        assertThat(held).allMatch(calls -> calls <= 500 + 1).anyMatch(calls -> calls > 250);
    }

    @Test
    void take_smallLimit_leasesSingleCalls() throws Exception {
        TokenLease lease = new TokenLease(Rate.perSecond(5, 8), this::give, PATIENT);
        for (int i = 0; i < 1_000; i++) {
            lease.take();
            used.incrementAndGet();
        }
        assertThat(given.get()).isEqualTo(1_000);
    }

    @Test
    void callsMax_isATenthOfTheBurstOrOfASecondAndAtLeastOne() {
        assertThat(TokenLease.callsMax(Rate.perSecond(1, 1))).isEqualTo(1);
        assertThat(TokenLease.callsMax(Rate.perSecond(1_000, 100))).isEqualTo(10);
        assertThat(TokenLease.callsMax(Rate.perSecond(100, 1_000))).isEqualTo(10);
        assertThat(TokenLease.callsMax(Rate.perSecond(1_000_000, 10_000_000))).isEqualTo(10_000);
    }
}
