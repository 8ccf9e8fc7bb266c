package dev.mapsovereign.engine.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.request.TraceParent;
import dev.mapsovereign.engine.route.RetryPolicy;
import dev.mapsovereign.engine.trace.FinishedTrace;
import dev.mapsovereign.engine.trace.Span;
import dev.mapsovereign.engine.trace.TraceConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What remote processes see of a trace, and what the trace shows of them. */
final class TracedForwardTest {
    private static final TraceParent CAME =
            TraceParent.parse("00-" + "a1".repeat(16) + "-b2b2b2b2b2b2b2b2-01").get();

    private RemotePair remotes;

    @BeforeEach
    void start(@TempDir Path folder) {
        remotes =
                new RemotePair(
                        folder,
                        BreakerPolicy.DEFAULT,
                        RetryPolicy.DEFAULT,
                        Optional.empty(),
                        new TraceConfig(Optional.empty(), 100, 100));
    }

    @AfterEach
    void stop() {
        remotes.close();
    }

    private FinishedTrace traceOf(TestCall call) {
        List<FinishedTrace> found =
                remotes.node.tracing.kept().newest(1, trace -> trace.id().equals(call.id()));
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private static Span only(FinishedTrace trace, String name, Span.Kind kind) {
        List<Span> found =
                trace.spans().stream()
                        .filter(span -> span.name().equals(name) && span.kind() == kind)
                        .toList();
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private String passedOn() {
        return remotes.lastHeaders.get().getFirst("traceparent");
    }

    @Test
    void handle_forwarded_passesItsClientSpanOnAsParent() {
        TestCall call = remotes.call("read").trace(CAME);
        call.answered();

        FinishedTrace trace = traceOf(call);
        Span server = only(trace, "REMOTE.read", Span.Kind.SERVER);
        Span stage = only(trace, "router_invocation", Span.Kind.INTERNAL);
        Span client = only(trace, "REMOTE.read", Span.Kind.CLIENT);
        assertThat(server.parentId()).contains(CAME.parentId());
        assertThat(stage.parentId()).contains(server.spanId());
        assertThat(client.parentId()).contains(stage.spanId());
        assertThat(passedOn()).isEqualTo("00-" + CAME.traceId() + "-" + client.spanId() + "-01");
        assertThat(client.spanId()).isEqualTo(TraceParent.spanIdOf(call.id()));
        assertThat(client.attributes()).containsEntry("map.tries", "1").containsKey("map.endpoint");
        assertThat(client.time().beganUnixNanos())
                .isBetween(stage.time().beganUnixNanos(), stage.time().endedUnixNanos());
        assertThat(client.time().endedUnixNanos())
                .isBetween(client.time().beganUnixNanos(), stage.time().endedUnixNanos());
        assertThat(trace.spans().stream().map(Span::spanId).distinct()).hasSize(10);
    }

    @Test
    void handle_traceBeginsHere_tellsTheRemoteThatItIsSampled() {
        TestCall call = remotes.call("read");
        call.answered();

        assertThat(passedOn())
                .isEqualTo(
                        "00-"
                                + traceOf(call).traceId()
                                + "-"
                                + TraceParent.spanIdOf(call.id())
                                + "-01");
    }

    @Test
    void handle_triedTwice_isOneClientSpanThatSaysSo() {
        AtomicInteger failures = new AtomicInteger(1);
        remotes.let(exchange -> {
            boolean fails = failures.getAndDecrement() > 0;
            RemotePair.respond(exchange, fails ? 503 : 200, fails ? "{}" : "{\"data\":{}}");
        });
        TestCall call = remotes.call("read");
        call.answered();

        Span client = only(traceOf(call), "REMOTE.read", Span.Kind.CLIENT);
        assertThat(client.attributes()).containsEntry("map.tries", "2");
        assertThat(client.failed()).isFalse();
    }

    @Test
    void handle_remoteFails_isAnErrorOfItsSpanToo() {
        remotes.let(exchange -> RemotePair.respond(exchange, 500, "{}"));
        TestCall call = remotes.call("write");
        call.refused();

        assertThat(traceOf(call).spans().stream().filter(Span::failed).map(Span::kind))
                .containsExactly(Span.Kind.SERVER, Span.Kind.INTERNAL, Span.Kind.CLIENT);
    }
}
