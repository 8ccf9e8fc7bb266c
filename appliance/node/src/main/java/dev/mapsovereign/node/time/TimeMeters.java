package dev.mapsovereign.node.time;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What the last look found, as metrics; read without waiting. */
final class TimeMeters {
    private final Clock clock;
    private volatile boolean clockBehind;
    private volatile double certificate = Double.NaN;
    private volatile double registry = Double.NaN;

    TimeMeters(Clock clock) {
        this.clock = clock;
    }

    void register(MeterRegistry meters) {
        gauge(
                meters,
                "map_clock_before_floor",
                "1 while the clock lies before the time floor and calls are refused.",
                it -> it.clockBehind ? 1 : 0);
        gauge(
                meters,
                "map_certificate_expires_seconds",
                "Until the served chain or the site's root ends, negative afterwards.",
                it -> it.left(it.certificate));
        gauge(
                meters,
                "map_registry_expires_seconds",
                "Until the registry snapshot's metadata ends, negative afterwards.",
                it -> it.left(it.registry));
    }

    private void gauge(
            MeterRegistry meters, String name, String help, ToDoubleFunction<TimeMeters> value) {
        Gauge.builder(name, this, value).description(help).strongReference(true).register(meters);
    }

    void clock(boolean behind) {
        clockBehind = behind;
    }

    void dates(List<Expiry> all) {
        certificate = soonest(all, List.of(Expiry.Kind.SERVER_CERTIFICATE, Expiry.Kind.ROOT));
        registry = soonest(all, List.of(Expiry.Kind.REGISTRY));
    }

    /** Seconds since 1970; not a number where there is none. */
    private static double soonest(List<Expiry> all, List<Expiry.Kind> kinds) {
        return all.stream()
                .filter(each -> kinds.contains(each.kind()))
                .map(Expiry::end)
                .min(Instant::compareTo)
                .map(end -> (double) end.getEpochSecond())
                .orElse(Double.NaN);
    }

    private double left(double end) {
        return end - (double) Duration.between(Instant.EPOCH, clock.instant()).toSeconds();
    }
}
