package dev.mapsovereign.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.config.ListenAddress;
import dev.mapsovereign.engine.EngineMeters;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.gateway.testing.RawClient;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MetricsServerTest {
    private final MeterRegistry registry = PrometheusText.registry();

    @Test
    void write_engineMeters_haveTheNamesAndLabelsThatDashboardsRestOn() {
        EngineMeters meters = new EngineMeters(registry);
        meters.call("acme", "MAX", "audit_query", AuditOutcome.SUCCESS, 700_000);
        meters.call("acme", "MAX", "audit_query", AuditOutcome.SUCCESS, 3_000_000);
        meters.stage(StageName.RATE_LIMITING, 1_000);
        String call =
                "{operation=\"audit_query\",outcome=\"success\",protocol=\"MAX\",tenant=\"acme\"";
        List<String> lines = new PrometheusText(registry).write().lines().toList();
        assertThat(lines)
                .contains(
                        "# TYPE map_requests_total counter",
                        "map_requests_total" + call + "} 2",
                        "# TYPE map_request_duration_seconds histogram",
                        "map_request_duration_seconds_bucket" + call + ",le=\"0.0005\"} 0",
                        "map_request_duration_seconds_bucket" + call + ",le=\"0.001\"} 1",
                        "map_request_duration_seconds_bucket" + call + ",le=\"0.005\"} 2",
                        "map_request_duration_seconds_bucket" + call + ",le=\"+Inf\"} 2",
                        "map_request_duration_seconds_sum" + call + "} 0.0037",
                        "map_request_duration_seconds_count" + call + "} 2",
                        "map_stage_duration_seconds_count{stage=\"rate_limiting\"} 1");
    }

    @Test
    void write_histogram_boundsAscendWithinEachSeries() {
        EngineMeters meters = new EngineMeters(registry);
        meters.call("b", "MAX", "x", AuditOutcome.SUCCESS, 1);
        meters.call("a", "MAX", "x", AuditOutcome.SUCCESS, 1);
        List<String> tenants =
                new PrometheusText(registry)
                        .write()
                        .lines()
                        .filter(line -> line.startsWith("map_request_duration_seconds_bucket"))
                        .map(line -> line.contains("tenant=\"a\"") ? "a" : "b")
                        .toList();
        assertThat(tenants).isSorted();
        List<Double> bounds =
                new PrometheusText(registry)
                        .write()
                        .lines()
                        .filter(line -> line.startsWith("map_request_duration_seconds_bucket"))
                        .filter(line -> line.contains("tenant=\"a\"") && !line.contains("+Inf"))
                        .map(line -> line.replaceAll(".*le=\"([0-9.E-]+)\".*", "$1"))
                        .map(Double::valueOf)
                        .toList();
        assertThat(bounds).isSorted().hasSizeGreaterThan(10);
    }

    @Test
    void write_hostileNamesAndValues_stayWellFormed() {
        registry.counter("strange name", "label-x", "a\"b\\c\nd").increment();
        Gauge.builder("broken", () -> Double.NaN).description("two\nlines").register(registry);
        Timer.builder("plain_seconds").register(registry).record(Duration.ofMillis(1500));
        assertThat(new PrometheusText(registry).write().lines())
                .contains(
                        "strange_name_total{label_x=\"a\\\"b\\\\c\\nd\"} 1",
                        "# HELP broken two\\nlines",
                        "broken NaN",
                        "# TYPE plain_seconds summary",
                        "plain_seconds_sum 1.5",
                        "plain_seconds_count 1");
    }

    @Test
    void serve_scrape_isTextOnItsOwnPort() throws IOException {
        ProcessMeters.bind(registry);
        try (MetricsServer server =
                        MetricsServer.start(
                                new MetricsConfig(
                                        new ListenAddress("127.0.0.1", 0),
                                        Optional.empty(),
                                        "/metrics"),
                                registry);
                RawClient client = RawClient.plain(server.port())) {
            RawClient.Reply scrape =
                    client.send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n").reply();
            assertThat(scrape.status()).isEqualTo(200);
            assertThat(scrape.headers()).containsEntry("content-type", PrometheusText.MEDIA_TYPE);
            assertThat(scrape.text())
                    .contains("process_cpu_seconds_total ")
                    .contains("process_resident_memory_bytes ")
                    .doesNotContain("NaN");
            assertThat(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").reply().status())
                    .isEqualTo(404);
            assertThat(client.send("POST /metrics HTTP/1.1\r\nHost: h\r\n\r\n").reply().status())
                    .isEqualTo(405);
            assertThat(client.send("nonsense\r\n\r\n").reply().status()).isEqualTo(400);
        }
    }

    @Test
    void config_beyondLoopback_isRefused() {
        assertThatThrownBy(() ->
                        new MetricsConfig(
                                new ListenAddress("0.0.0.0", 9091), Optional.empty(), "/metrics"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
