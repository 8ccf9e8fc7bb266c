package dev.mapsovereign.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.request.StageName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class EngineMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final EngineMeters meters = new EngineMeters(registry);

    @Test
    void call_andRefusals_haveTheDocumentedNamesAndLabels() {
        meters.call("acme", "MAX", "audit_query", AuditOutcome.SUCCESS, 1_500_000);
        meters.stage(StageName.RATE_LIMITING, 10_000);
        meters.refusal(
                Optional.of(StageName.SECURITY_GATING),
                ErrorCode.CAPABILITY_DENIED,
                "acme",
                "MAX",
                "audit_query");
        meters.refusal(Optional.empty(), ErrorCode.RATE_LIMITED, "acme", "MAX", "x");
        meters.refusal(
                Optional.of(StageName.CIRCUIT_BREAKING),
                ErrorCode.CIRCUIT_OPEN,
                "acme",
                "MAX",
                "x");
        meters.unrecordedRefusal();

        TreeSet<String> shapes = new TreeSet<>();
        for (Meter meter : registry.getMeters()) {
            TreeSet<String> labels = new TreeSet<>();
            meter.getId().getTags().forEach(tag -> labels.add(tag.getKey()));
            if (!meter.getId().getName().contains(".percentile")
                    && !meter.getId().getName().contains(".histogram")) {
                shapes.add(meter.getId().getName() + labels);
            }
        }
        assertThat(shapes)
                .contains(
                        "map_requests_total[operation, outcome, protocol, tenant]",
                        "map_request_duration_seconds[operation, outcome, protocol, tenant]",
                        "map_stage_duration_seconds[stage]",
                        "map_refusals_total[reason, stage]",
                        "map_rate_limited_total[protocol, tenant]",
                        "map_capability_denied_total[operation, protocol, tenant]",
                        "map_circuit_open_total[protocol]");
    }

    @Test
    void call_histogram_countsFromTheStart() {
        for (int i = 0; i < 100; i++) {
            meters.call("acme", "MAX", "q", AuditOutcome.SUCCESS, 400_000);
        }
        Timer timer = registry.get("map_request_duration_seconds").timer();

        assertThat(timer.count()).isEqualTo(100);
        for (var bucket : timer.takeSnapshot().histogramCounts()) {
            double expected = bucket.bucket() < Duration.ofNanos(400_000).toNanos() ? 0 : 100;
            assertThat(bucket.count()).as("le %s ns", bucket.bucket()).isEqualTo(expected);
        }
    }

    @Test
    void call_moreTenantsThanAllowed_shareOneLabel() {
        for (int i = 0; i < Limits.METERED_TENANTS_MAX + 50; i++) {
            meters.refusal(Optional.empty(), ErrorCode.RATE_LIMITED, "t" + i, "MAX", "q");
        }

        assertThat(registry.find("map_rate_limited_total").counters())
                .hasSize(Limits.METERED_TENANTS_MAX + 1);
        assertThat(
                        registry.get("map_rate_limited_total")
                                .tag("tenant", EngineMeters.OTHER)
                                .counter()
                                .count())
                .isEqualTo(50);
    }
}
