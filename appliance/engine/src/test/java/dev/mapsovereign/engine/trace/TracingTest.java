package dev.mapsovereign.engine.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.EngineConfig;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Origin;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RejectedRequest;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.engine.request.TraceParent;
import dev.mapsovereign.engine.trace.OtlpCollector.Received;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Traces of calls through a whole engine, in memory and at a collector. */
@Timeout(60)
final class TracingTest {
    private static final TraceParent SAMPLED =
            TraceParent.parse("00-" + "a1".repeat(16) + "-b2b2b2b2b2b2b2b2-01").get();
    private static final TraceParent NOT_SAMPLED =
            TraceParent.parse("00-" + "a1".repeat(16) + "-b2b2b2b2b2b2b2b2-00").get();
    private static final List<String> ALL_STAGES =
            Arrays.stream(StageName.values()).map(StageName::wire).toList();

    @TempDir private Path folder;

    private TestEngine keeping(int samplePercent) {
        return TestEngine.start(
                folder,
                EngineConfig.DEFAULT,
                new TraceConfig(Optional.empty(), samplePercent, 1_000));
    }

    private static List<FinishedTrace> tracesOf(TestEngine node, CorrelationId id) {
        return node.tracing.kept().newest(1_000, trace -> trace.id().equals(id));
    }

    private static FinishedTrace traceOf(TestEngine node, TestCall call) {
        List<FinishedTrace> found = tracesOf(node, call.id());
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private static List<String> stagesOf(FinishedTrace trace) {
        return trace.stages().stream().map(each -> each.stage().wire()).toList();
    }

    private static String digits(TestCall call) {
        return call.id().toString().replace("-", "");
    }

    @Test
    void handle_success_arrivesAsAServerSpanWithItsEightStages() {
        try (OtlpCollector collector = new OtlpCollector();
                TestEngine node =
                        TestEngine.start(
                                folder,
                                EngineConfig.DEFAULT.withExternals(
                                        List.of(), BreakerPolicy.DEFAULT, collector.egress()),
                                new TraceConfig(Optional.of(collector.config()), 100, 0))) {
            TestCall call = node.call("read").input("{\"text\":\"a secret text\"}");
            call.answered();

            List<Received> spans = collector.await(9);
            assertThat(spans).hasSize(9);
            Received server = spans.getFirst();
            assertThat(server.traceId()).isEqualTo(digits(call));
            assertThat(server.spanId()).isEqualTo(digits(call).substring(0, 16));
            assertThat(server.parentId()).isEmpty();
            assertThat(server.name()).isEqualTo("TEST.read");
            assertThat(server.kind()).isEqualTo(2);
            assertThat(server.failed()).isFalse();
            assertThat(server.attributes())
                    .containsOnly(
                            java.util.Map.entry("map.tenant", "acme"),
                            java.util.Map.entry("map.protocol", "TEST"),
                            java.util.Map.entry("map.version", "v1.0.0"),
                            java.util.Map.entry("map.operation", "read"),
                            java.util.Map.entry("map.outcome", "success"),
                            java.util.Map.entry("map.correlation_id", call.id().toString()));
            List<Received> stages = spans.subList(1, 9);
            assertThat(stages).extracting(Received::name).isEqualTo(ALL_STAGES);
            assertThat(stages).allMatch(stage -> stage.traceId().equals(server.traceId()));
            assertThat(stages)
                    .allMatch(stage -> stage.parentId().equals(Optional.of(server.spanId())));
            assertThat(stages).allMatch(stage -> stage.kind() == 1 && !stage.failed());
            requireOrder(server, stages);
            assertThat(collector.bodies.toString())
                    .doesNotContain("did:oas", "a secret text", node.key, node.source, "hello");
        }
    }

    /**
     * Each stage ends where the next begins, all of them within the call, and no id stands twice.
     */
    private static void requireOrder(Received server, List<Received> stages) {
        Set<String> ids = new HashSet<>(Set.of(server.spanId()));
        long last = server.began();
        for (Received stage : stages) {
            assertThat(ids.add(stage.spanId())).isTrue();
            assertThat(stage.began()).isGreaterThanOrEqualTo(last);
            last = stage.ended();
        }
        assertThat(server.ended()).isGreaterThanOrEqualTo(last);
    }

    @Test
    void handle_refused_isAnErrorAtTheStageThatRefused() {
        try (TestEngine node = keeping(100)) {
            TestCall call =
                    node.call("read")
                            .credential(
                                    new Credential.ApiKey(
                                            node.apiKeys
                                                    .create(
                                                            TestEngine.ACME,
                                                            TestEngine.STRANGER,
                                                            "",
                                                            Optional.empty())
                                                    .text()));
            assertThat(call.refused().refusal().code()).isEqualTo(ErrorCode.CAPABILITY_DENIED);

            FinishedTrace trace = traceOf(node, call);
            assertThat(stagesOf(trace))
                    .containsExactly(
                            "version_resolution",
                            "context_enrichment",
                            "rate_limiting",
                            "security_gating",
                            "result_handling");
            assertThat(trace.spans().stream().filter(Span::failed).map(Span::name))
                    .containsExactly("TEST.read", "security_gating");
            assertThat(trace.spans().getFirst().attributes())
                    .containsEntry("map.code", "capability_denied")
                    .containsEntry("map.stage", "security_gating")
                    .containsEntry("map.outcome", "refused")
                    .containsEntry("map.tenant", "acme");
            assertThat(trace.json().toString()).doesNotContain("did:oas");
        }
    }

    @Test
    void handle_sampledTraceparent_isFollowedWhateverTheShare() {
        try (TestEngine node = keeping(0)) {
            TestCall followed = node.call("read").trace(SAMPLED);
            followed.answered();
            TestCall own = node.call("read");
            own.answered();

            Span server = traceOf(node, followed).spans().getFirst();
            assertThat(server.traceId()).isEqualTo(SAMPLED.traceId());
            assertThat(server.parentId()).contains(SAMPLED.parentId());
            assertThat(server.spanId()).isEqualTo(digits(followed).substring(0, 16));
            assertThat(tracesOf(node, own.id())).isEmpty();
        }
    }

    @Test
    void handle_traceparentThatIsNotSampled_isNotTraced() {
        try (TestEngine node = keeping(100)) {
            TestCall call = node.call("read").trace(NOT_SAMPLED);
            call.answered();

            assertThat(tracesOf(node, call.id())).isEmpty();
        }
    }

    @Test
    void handle_share_isDrawnByTheCorrelationId() {
        try (TestEngine node = keeping(50)) {
            int traced = 0;
            for (int i = 0; i < 200; i++) {
                TestCall call = node.call("read");
                call.answered();
                traced += tracesOf(node, call.id()).size();
            }
            assertThat(traced).isBetween(50, 150);
        }
    }

    @Test
    void handle_moduleAsksForItsTrace_getsOneThatIsSampledWithStage7AsParent() {
        try (TestEngine node = keeping(100)) {
            node.module.let(
                    "read",
                    (input, context) -> {
                        context.note("onward", context.onwardTrace().header());
                        return input;
                    });
            TestCall call = node.call("read");
            call.answered();

            String onward =
                    node.recordsOf(call.id()).getFirst().meta().text("onward").orElseThrow();
            assertThat(onward)
                    .isEqualTo("00-" + digits(call) + "-" + digits(call).substring(16) + "-01");
            Span stage7 =
                    traceOf(node, call).spans().stream()
                            .filter(span -> span.name().equals("router_invocation"))
                            .findFirst()
                            .orElseThrow();
            assertThat(onward).contains("-" + stage7.spanId() + "-");
        }
    }

    @Test
    void handle_repeatedWithAKey_showsThatItSkippedTheCall() {
        try (TestEngine node = keeping(100)) {
            node.call("write").idempotencyKey("k").answered();
            TestCall again = node.call("write").idempotencyKey("k");
            again.answered();

            assertThat(stagesOf(traceOf(node, again)))
                    .doesNotContain("router_invocation")
                    .contains("security_gating", "result_handling");
        }
    }

    @Test
    void reject_whatTheEdgeCouldNotRead_isTracedWithoutTheCallersWords() {
        try (TestEngine node = keeping(100)) {
            CorrelationId id = CorrelationId.random();
            node.engine.reject(
                    new RejectedRequest(
                            id,
                            new Credential.ApiKey(node.key),
                            new Origin(node.source, "map.example", "POST", "/v1/dispatch"),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of("nonsense".getBytes(StandardCharsets.UTF_8)),
                            Refusal.of(ErrorCode.MALFORMED_REQUEST, "nonsense"),
                            System.nanoTime()));

            Span server = tracesOf(node, id).getFirst().spans().getFirst();
            assertThat(server.name()).isEqualTo("unknown.unknown");
            assertThat(server.failed()).isTrue();
            assertThat(server.attributes()).containsEntry("map.code", "malformed_request");
            assertThat(tracesOf(node, id).getFirst().json().toString()).doesNotContain("nonsense");
        }
    }

    @Test
    void handle_unknownProtocol_isNotNamedInItsSpan() {
        try (TestEngine node = keeping(100)) {
            TestCall call = node.call("read").protocol("hunter2");
            call.refused();

            assertThat(traceOf(node, call).json().toString()).doesNotContain("hunter2");
        }
    }

    /** Strangers can say "sampled" as well; their traces are as bounded as their records. */
    @Test
    void handle_floodOfStrangers_leavesAsManyTracesAsRecords() {
        try (TestEngine node = keeping(100)) {
            for (int i = 0; i < 100; i++) {
                node.call("read").anonymous().trace(SAMPLED).refused();
            }
            long records =
                    node.records(TenantId.NODE).stream()
                            .filter(each -> each.code().equals(Optional.of("unauthenticated")))
                            .count();
            assertThat(records).isBetween(1L, 99L);
            assertThat(node.tracing.kept().newest(1_000, trace -> true)).hasSize((int) records);
        }
    }

    @Test
    void begin_nothingConfigured_makesNothing() {
        try (TestEngine node = TestEngine.start(folder, EngineConfig.DEFAULT)) {
            node.call("read").trace(SAMPLED).answered();

            assertThat(node.tracing.kept().newest(10, trace -> true)).isEmpty();
            assertThat(node.registry.find(SpanExporter.SENT).counter()).isNull();
        }
    }

    @Test
    void newest_moreThanPlaces_keepsTheNewest() {
        try (TestEngine node =
                TestEngine.start(
                        folder, EngineConfig.DEFAULT, new TraceConfig(Optional.empty(), 100, 3))) {
            List<TestCall> calls =
                    java.util.stream.IntStream.range(0, 5)
                            .mapToObj(_ -> node.call("read"))
                            .toList();
            calls.forEach(TestCall::answered);

            assertThat(node.tracing.kept().newest(10, trace -> true))
                    .extracting(FinishedTrace::id)
                    .containsExactly(calls.get(4).id(), calls.get(3).id(), calls.get(2).id());
            assertThat(node.tracing.kept().newest(2, trace -> true)).hasSize(2);
        }
    }
}
