package dev.mapsovereign.engine.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.engine.Crowd;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class InFlightTest {
    private final InFlight inFlight = new InFlight();

    @Test
    void enter_afterClosing_isRefusedAndThoseInsideAreStillCounted() {
        assertThat(inFlight.enter()).isTrue();
        inFlight.close();

        assertThat(inFlight.enter()).isFalse();
        assertThat(inFlight.count()).isEqualTo(1);
        assertThat(inFlight.awaitEmpty(Duration.ofMillis(1))).isFalse();
        inFlight.leave();
        assertThat(inFlight.awaitEmpty(Duration.ofSeconds(10))).isTrue();
        assertThat(inFlight.closed()).isTrue();
    }

    @Test
    void close_whileManyComeAndGo_nobodyIsInsideOnceItIsEmpty() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger visits = new AtomicInteger();

        List<Boolean> emptied =
                Crowd.run(
                        16,
                        () -> {
                            while (inFlight.enter()) {
                                inside.incrementAndGet();
                                boolean last = visits.incrementAndGet() == 10_000;
                                inside.decrementAndGet();
                                inFlight.leave();
                                if (last) {
                                    inFlight.close();
                                    return inFlight.awaitEmpty(Duration.ofSeconds(30))
                                            && inside.get() == 0;
                                }
                            }
                            return true;
                        });

        assertThat(emptied).doesNotContain(false);
        assertThat(visits.get()).isGreaterThanOrEqualTo(10_000);
    }

    @Test
    void report_reasonsAndWarnings_areListedUntilTakenBack() {
        Readiness readiness = new Readiness();
        readiness.set(Readiness.STARTING, "reading the journal");
        readiness.warn("snapshot", "28 days old");

        assertThat(readiness.report().ready()).isFalse();
        assertThat(readiness.report().notReady())
                .containsExactly(new Readiness.Notice("starting", "reading the journal"));
        readiness.clear(Readiness.STARTING);
        assertThat(readiness.ready()).isTrue();
        assertThat(readiness.report().warnings())
                .containsExactly(new Readiness.Notice("snapshot", "28 days old"));
        readiness.clearWarning("snapshot");
        assertThat(readiness.report().warnings()).isEmpty();
    }
}
