package dev.mapsovereign.engine.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.EventStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers in parts: two real HTTP servers behind the whole pipeline. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EventStreamTest {
    private RemotePair remotes;

    @BeforeAll
    void start(@TempDir Path folder) {
        remotes = new RemotePair(folder, BreakerPolicy.DEFAULT);
    }

    @AfterAll
    void stop() {
        remotes.close();
    }

    private AuditRecord only(TestCall call) {
        List<AuditRecord> records = remotes.node.recordsOf(call.id());
        assertThat(records).hasSize(1);
        return records.getFirst();
    }

    /** Answers with the head of an event stream, and with what may be a part of one. */
    private void letStream(String text) {
        remotes.let(exchange -> {
            OutputStream out = begin(exchange);
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.close();
        });
    }

    private static OutputStream begin(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
        exchange.sendResponseHeaders(200, 0);
        return exchange.getResponseBody();
    }

    private static EngineResponse handOn(TestCall call, List<String> events) {
        EngineResponse response = call.takingEvents().send();
        assertThat(response).isInstanceOf(EngineResponse.Streaming.class);
        try (EventStream stream = ((EngineResponse.Streaming) response).events()) {
            return stream.handOn(data -> events.add(new String(data, StandardCharsets.UTF_8)));
        }
    }

    private static EngineResponse.Refused refused(EngineResponse response) {
        assertThat(response).isInstanceOf(EngineResponse.Refused.class);
        return (EngineResponse.Refused) response;
    }

    private double inFlight() {
        return remotes.node.registry.get("map_in_flight").gauge().value();
    }

    @Test
    void handOn_wholeStream_givesEachEventAndOneRecord() {
        letStream(
                """
                : hello

                data: {"b":1,
                data: "a":2.0}

                id: 7
                data: {}

                """);
        TestCall call = remotes.call("watch");
        List<String> events = new ArrayList<>();
        EngineResponse response = handOn(call, events);

        assertThat(events).containsExactly("{\"a\":2,\"b\":1}", "{}");
        assertThat(response).isInstanceOf(EngineResponse.Answered.class);
        assertThat(new String(((EngineResponse.Answered) response).data(), StandardCharsets.UTF_8))
                .isEqualTo("{\"events\":2}");
        assertThat(remotes.lastHeaders.get().getFirst("Accept"))
                .isEqualTo("text/event-stream, application/json");
        AuditRecord record = only(call);
        assertThat(record.outcome()).isEqualTo(AuditOutcome.SUCCESS);
        assertThat(record.meta().integer("events")).hasValue(2);
        assertThat(record.outputHmac()).isPresent();
        assertThat(response.metadata().record().orElseThrow().index()).isEqualTo(record.index());
    }

    @Test
    void handOn_firstEvent_comesWhileTheEndpointStillWrites() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        remotes.let(exchange -> {
            OutputStream out = begin(exchange);
            out.write("data: {\"n\":1}\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            try {
                assertThat(seen.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            out.write("data: {\"n\":2}\n\n".getBytes(StandardCharsets.UTF_8));
            out.close();
        });
        TestCall call = remotes.call("watch").takingEvents();
        EngineResponse.Streaming begun = (EngineResponse.Streaming) call.send();
        List<String> events = new ArrayList<>();
        try (EventStream stream = begun.events()) {
            assertThat(remotes.node.recordsOf(call.id())).isEmpty();
            EngineResponse response =
                    stream.handOn(data -> {
                        events.add(new String(data, StandardCharsets.UTF_8));
                        seen.countDown();
                    });
            assertThat(response).isInstanceOf(EngineResponse.Answered.class);
        }
        assertThat(events).hasSize(2);
        assertThat(only(call).meta().integer("events")).hasValue(2);
    }

    @Test
    void handle_callerTakesNoEvents_isAnsweredWhole() {
        remotes.let(exchange -> RemotePair.respond(exchange, 200, "{\"data\":{\"n\":1}}"));
        EngineResponse.Answered _ = remotes.call("watch").answered();
        assertThat(remotes.lastHeaders.get().getFirst("Accept")).isEqualTo("application/json");
        EngineResponse.Answered _ = remotes.call("read").takingEvents().answered();
        assertThat(remotes.lastHeaders.get().getFirst("Accept")).isEqualTo("application/json");
        // The endpoint may answer whole although it was offered to stream.
        EngineResponse.Answered _ = remotes.call("watch").takingEvents().answered();
    }

    @Test
    void handle_refusedBeforeTheFirstEvent_isAnOrdinaryRefusal() {
        remotes.let(exchange ->
                RemotePair.respond(
                        exchange, 403, "{\"code\":\"policy_denied\",\"message\":\"not today\"}"));
        TestCall call = remotes.call("act").takingEvents();
        assertThat(call.refused().refusal().code()).isEqualTo(ErrorCode.POLICY_DENIED);
        assertThat(only(call).meta().has("events")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "'data: nonsense\n\n',adapter_error",
        "'data: [1]\n\n',adapter_error",
        "'event: error\ndata: {\"code\":\"policy_denied\",\"message\":\"m\",\"status\":403}\n\n',policy_denied",
        "'event: error\ndata: {\"code\":\"internal\",\"status\":500}\n\n',adapter_error",
        "'event: error\ndata: what\n\n',adapter_error",
    })
    void handOn_streamGoesWrong_isRecordedWithWhatWasGiven(String wrong, String code) {
        letStream("data: {\"n\":1}\n\n" + wrong + "data: {\"n\":2}\n\n");
        TestCall call = remotes.call("act");
        List<String> events = new ArrayList<>();
        EngineResponse.Refused refused = refused(handOn(call, events));

        assertThat(events).containsExactly("{\"n\":1}");
        assertThat(refused.refusal().code().wire()).isEqualTo(code);
        AuditRecord record = only(call);
        assertThat(record.code()).contains(refused.refusal().code().wire());
        assertThat(record.meta().integer("events")).hasValue(1);
        assertThat(record.outputHmac()).isPresent();
        boolean done = !code.equals("policy_denied");
        assertThat(record.meta().text("effect").isPresent()).isEqualTo(done);
    }

    @Test
    void handOn_eventTooLarge_isRefused() {
        letStream("data: {\"t\":\"" + "x".repeat(300 << 10) + "\"}\n\n");
        EngineResponse.Refused refused = refused(handOn(remotes.call("watch"), new ArrayList<>()));
        assertThat(refused.refusal().message()).contains("is longer than");
    }

    @Test
    void handOn_eventsTogetherTooLarge_isRefused() {
        String event = "data: {\"t\":\"" + "x".repeat(250 << 10) + "\"}\n\n";
        letStream(event.repeat(40));
        TestCall call = remotes.call("watch");
        List<String> events = new ArrayList<>();
        EngineResponse.Refused refused = refused(handOn(call, events));
        assertThat(refused.refusal().message()).contains("together more than 8388608 bytes");
        assertThat(only(call).meta().integer("events")).hasValue(events.size());
    }

    @Test
    void handOn_endpointBreaksOff_isNoEnd() {
        remotes.let(exchange -> {
            OutputStream out = begin(exchange);
            out.write("data: {\"n\":1}\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            // The connection goes without the last chunk.
            throw new IOException("the endpoint dies");
        });
        TestCall call = remotes.call("watch");
        List<String> events = new ArrayList<>();
        EngineResponse.Refused refused = refused(handOn(call, events));
        assertThat(refused.refusal().code()).isEqualTo(ErrorCode.ADAPTER_ERROR);
        assertThat(refused.refusal().message()).contains("broke off");
        assertThat(events).hasSize(1);
    }

    @Test
    void handOn_deadlinePasses_isATimeout() {
        remotes.let(exchange -> {
            OutputStream out = begin(exchange);
            out.write("data: {\"n\":1}\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            try {
                Thread.sleep(5_000);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            out.close();
        });
        TestCall call = remotes.call("act").timeout(Duration.ofMillis(700));
        List<String> events = new ArrayList<>();
        EngineResponse.Refused refused = refused(handOn(call, events));
        assertThat(refused.refusal().code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(events).hasSize(1);
        assertThat(only(call).meta().text("effect")).contains("unknown");
    }

    @Test
    void handOn_callerLeaves_isRecordedAsInterrupted() {
        letStream("data: {\"n\":1}\n\ndata: {\"n\":2}\n\ndata: {\"n\":3}\n\n");
        TestCall call = remotes.call("watch").takingEvents();
        EngineResponse.Streaming begun = (EngineResponse.Streaming) call.send();
        List<Integer> taken = new ArrayList<>();
        try (EventStream stream = begun.events()) {
            EngineResponse.Refused refused =
                    refused(
                            stream.handOn(data -> {
                                if (taken.size() == 1) {
                                    throw new IOException("gone");
                                }
                                taken.add(data.length);
                            }));
            assertThat(refused.refusal().code()).isEqualTo(ErrorCode.INTERRUPTED);
        }
        AuditRecord record = only(call);
        assertThat(record.outcome()).isEqualTo(AuditOutcome.ERROR);
        assertThat(record.meta().integer("events")).hasValue(2);
    }

    @Test
    void close_neverHandedOn_isRecordedAndGivesThePlaceBack() {
        letStream("data: {\"n\":1}\n\n");
        TestCall call = remotes.call("watch").takingEvents();
        EngineResponse.Streaming begun = (EngineResponse.Streaming) call.send();
        assertThat(inFlight()).isEqualTo(1);
        begun.events().close();
        begun.events().close();
        assertThat(inFlight()).isZero();
        AuditRecord record = only(call);
        assertThat(record.code()).contains(ErrorCode.INTERRUPTED.wire());
        assertThat(record.meta().integer("events")).hasValue(0);
        // More calls than an endpoint has places: none was lost on the way.
        for (int at = 0; at < 20; at++) {
            assertThat(handOn(remotes.call("watch"), new ArrayList<>()))
                    .isInstanceOf(EngineResponse.Answered.class);
        }
    }
}
