package dev.mapsovereign.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

/** Time that moves when told; safe for use by several threads. */
public final class ManualClock extends Clock {
    private final AtomicReference<Instant> now;

    /** A clock that stands at {@code start} until it is moved. */
    public ManualClock(Instant start) {
        now = new AtomicReference<>(start);
    }

    /** Moves the clock, backwards when {@code step} is negative. */
    public void advance(Duration step) {
        now.updateAndGet(instant -> instant.plus(step));
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
