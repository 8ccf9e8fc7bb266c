package dev.mapsovereign.engine.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.engine.route.EgressPolicy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Collectors that are away, slow or unwilling: no call waits, and every span is counted. */
@Timeout(60)
final class SpanExporterTest {
    private static final Duration SHORT = Duration.ofMillis(5);
    private static final SpanExporter.Pace FAST =
            new SpanExporter.Pace(
                    SHORT, Duration.ofSeconds(5), SHORT, SHORT, Duration.ofSeconds(5));
    private static final int SPANS = 2;

    private final OtlpCollector collector = new OtlpCollector();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @AfterEach
    void stop() {
        collector.close();
    }

    private SpanExporter exporter(SpanExporter.Pace pace) {
        return exporter(pace, collector.egress());
    }

    private SpanExporter exporter(SpanExporter.Pace pace, EgressPolicy egress) {
        return SpanExporter.start(
                collector.config(), egress, Optional.empty(), "test.0123abcd", registry, pace);
    }

    private static FinishedTrace trace() {
        Interval time = new Interval(1_700_000_000_000_000_000L, 1_700_000_000_001_000_000L);
        return new FinishedTrace(
                CorrelationId.random(),
                Optional.empty(),
                TenantId.of("acme"),
                "TEST",
                Optional.empty(),
                "read",
                AuditOutcome.SUCCESS,
                Optional.empty(),
                Optional.empty(),
                time,
                List.of(new FinishedTrace.StageTime(StageName.VERSION_RESOLUTION, time)),
                Optional.empty());
    }

    private double sent() {
        return registry.get(SpanExporter.SENT).counter().count();
    }

    private double dropped(String reason) {
        return registry.get(SpanExporter.DROPPED).tag("reason", reason).counter().count();
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void close_callsThatWait_areSentFirst() {
        SpanExporter.Pace patient =
                new SpanExporter.Pace(
                        Duration.ofHours(1), FAST.sendTime(), SHORT, SHORT, FAST.closeTime());
        try (SpanExporter exporter = exporter(patient)) {
            for (int i = 0; i < 10; i++) {
                exporter.take(trace());
            }
        }
        assertThat(collector.spans).hasSize(10 * SPANS);
        assertThat(sent()).isEqualTo(10 * SPANS);
    }

    @Test
    void take_manyCalls_goInBatches() {
        SpanExporter.Pace patient =
                new SpanExporter.Pace(
                        Duration.ofHours(1), FAST.sendTime(), SHORT, SHORT, FAST.closeTime());
        try (SpanExporter exporter = exporter(patient)) {
            for (int i = 0; i < Limits.TRACE_BATCH_CALLS_MAX; i++) {
                exporter.take(trace());
            }
            collector.await(Limits.TRACE_BATCH_CALLS_MAX * SPANS);
            assertThat(collector.requests).hasValue(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 502, 503, 504})
    void take_collectorIsBusy_isTriedAgain(int status) {
        AtomicInteger refusals = new AtomicInteger(2);
        collector.let((self, exchange, body) -> {
            if (refusals.getAndDecrement() > 0) {
                exchange.getResponseHeaders().set("Retry-After", "0");
                OtlpCollector.respond(exchange, status, "{}");
            } else {
                OtlpCollector.takes(self, exchange, body);
            }
        });
        try (SpanExporter exporter = exporter(FAST)) {
            exporter.take(trace());
            assertThat(collector.await(SPANS)).hasSize(SPANS);
        }
        assertThat(collector.requests).hasValue(3);
        assertThat(sent()).isEqualTo(SPANS);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 404, 413, 500, 302})
    void take_collectorRefuses_isCountedAndNotTriedAgain(int status) {
        collector.let((_, exchange, _) -> answer(exchange, status));
        try (SpanExporter exporter = exporter(FAST)) {
            exporter.take(trace());
            until(() -> dropped("refused") == SPANS);
        }
        assertThat(collector.requests).hasValue(1);
        assertThat(sent()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 202, 204})
    void take_collectorAnswersWithoutABody_countsAsTaken(int status) {
        collector.let((_, exchange, _) -> answer(exchange, status));
        try (SpanExporter exporter = exporter(FAST)) {
            exporter.take(trace());
            until(() -> sent() == SPANS);
        }
    }

    private static void answer(HttpExchange exchange, int status) throws java.io.IOException {
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"partialSuccess\":{\"rejectedSpans\":\"1\",\"errorMessage\":\"one\"}}",
                "{\"partialSuccess\":{\"rejectedSpans\":1}}"
            })
    void take_partialSuccess_isCountedAndNotTriedAgain(String answer) {
        collector.let((_, exchange, _) -> OtlpCollector.respond(exchange, 200, answer));
        try (SpanExporter exporter = exporter(FAST)) {
            exporter.take(trace());
            until(() -> sent() == SPANS - 1);
        }
        assertThat(dropped("refused")).isEqualTo(1);
        assertThat(collector.requests).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not json",
                "{\"partialSuccess\":{}}",
                "{\"partialSuccess\":{\"rejectedSpans\":\"-4\"}}",
                "{\"partialSuccess\":[]}"
            })
    void take_nonsenseWith200_countsAsTaken(String answer) {
        collector.let((_, exchange, _) -> OtlpCollector.respond(exchange, 200, answer));
        try (SpanExporter exporter = exporter(FAST)) {
            exporter.take(trace());
            until(() -> sent() == SPANS);
        }
    }

    @Test
    void take_busyForGood_isGivenUpAndTheNextIsTried() {
        AtomicInteger refusals = new AtomicInteger(Limits.TRACE_TRIES_MAX);
        collector.let((self, exchange, body) -> {
            if (refusals.getAndDecrement() > 0) {
                OtlpCollector.respond(exchange, 503, "{}");
            } else {
                OtlpCollector.takes(self, exchange, body);
            }
        });
        try (SpanExporter exporter = exporter(FAST)) {
            exporter.take(trace());
            until(() -> dropped("gave_up") == SPANS);
            exporter.take(trace());
            collector.await(SPANS);
        }
        assertThat(collector.requests).hasValue(Limits.TRACE_TRIES_MAX + 1);
    }

    @Test
    void take_collectorHangs_dropsWhatDoesNotFitAndNobodyWaits() {
        CountDownLatch hold = new CountDownLatch(1);
        collector.let((_, exchange, _) -> {
            await(hold);
            OtlpCollector.respond(exchange, 200, "{}");
        });
        int calls = Limits.TRACE_QUEUE_CALLS_MAX + 500;
        try (SpanExporter exporter =
                exporter(
                        new SpanExporter.Pace(
                                SHORT,
                                Duration.ofMillis(300),
                                SHORT,
                                SHORT,
                                Duration.ofMillis(300)))) {
            exporter.take(trace());
            until(() -> collector.requests.get() > 0);
            for (int i = 1; i < calls; i++) {
                exporter.take(trace());
            }
            assertThat(dropped("queue_full"))
                    .isGreaterThanOrEqualTo(SPANS * (500.0 - 2 * Limits.TRACE_BATCH_CALLS_MAX));
            assertThat(registry.get(SpanExporter.QUEUE).gauge().value())
                    .isLessThanOrEqualTo(Limits.TRACE_QUEUE_CALLS_MAX);
        } finally {
            hold.countDown();
        }
        double counted =
                sent()
                        + dropped("queue_full")
                        + dropped("closing")
                        + dropped("gave_up")
                        + dropped("refused");
        assertThat(counted).as("every span is counted").isEqualTo(calls * SPANS);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void take_collectorComesBack_getsWhatWaited() throws Exception {
        String authority = collector.authority();
        try (SpanExporter exporter =
                exporter(
                        new SpanExporter.Pace(
                                SHORT,
                                Duration.ofSeconds(5),
                                Duration.ofMillis(200),
                                Duration.ofMillis(200),
                                Duration.ofSeconds(5)))) {
            CountDownLatch first = new CountDownLatch(1);
            collector.let((self, exchange, body) -> {
                if (first.getCount() > 0) {
                    first.countDown();
                    // Hangs up without a word.
                    exchange.close();
                } else {
                    OtlpCollector.takes(self, exchange, body);
                }
            });
            exporter.take(trace());
            first.await();
            assertThat(collector.await(SPANS)).as("at %s", authority).hasSize(SPANS);
        }
    }

    @Test
    void take_addressThatMayNotBeConnectedTo_isNotConnectedTo() {
        try (SpanExporter exporter = exporter(FAST, EgressPolicy.NONE)) {
            exporter.take(trace());
            until(() -> dropped("gave_up") == SPANS);
        }
        assertThat(collector.requests).hasValue(0);
    }

    @Test
    void take_afterClose_isCounted() {
        SpanExporter exporter = exporter(FAST);
        exporter.close();
        exporter.close();
        exporter.take(trace());

        assertThat(dropped("queue_full")).isEqualTo(SPANS);
    }
}
