package dev.mapsovereign.engine.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.TraceParent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls that leave the process: two real HTTP servers behind the whole pipeline. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ExternalTierTest {
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

    @Test
    void handle_remoteAnswers_getsTheWholeBodyAndTheContext() {
        remotes.let(exchange ->
                RemotePair.respond(
                        exchange, 200, "{\"data\":{\"b\":1,\"a\":[1.50]},\"metadata\":{}}"));
        TestCall call =
                remotes.call("write").version("v1").input("{\"text\":\"ä\"}").idempotencyKey("k-1");
        EngineResponse.Answered answer = call.answered();

        assertThat(new String(answer.data(), StandardCharsets.UTF_8))
                .isEqualTo("{\"a\":[1.5],\"b\":1}");
        assertThat(remotes.lastBody.get().toString())
                .isEqualTo(
                        "{\"input\":{\"text\":\"ä\"},\"operation\":\"write\",\"protocol\":\"REMOTE\","
                                + "\"tenant_id\":\"acme\",\"version\":\"v1.2.0\"}");
        assertThat(remotes.lastHeaders.get().getFirst("X-Agent-Did"))
                .isEqualTo(TestEngine.AGENT.text());
        assertThat(remotes.lastHeaders.get().getFirst("X-Tenant-Id")).isEqualTo("acme");
        assertThat(remotes.lastHeaders.get().getFirst("X-Correlation-Id"))
                .isEqualTo(call.id().toString());
        assertThat(remotes.lastHeaders.get().getFirst("Idempotency-Key")).isEqualTo("k-1");
        assertThat(Long.parseLong(remotes.lastHeaders.get().getFirst("X-Deadline-Ms")))
                .isBetween(1L, 20_000L);
        AuditRecord record = only(call);
        assertThat(record.version()).contains("v1.2.0");
        assertThat(record.meta().text("endpoint").orElseThrow()).startsWith("127.0.0.1:");
    }

    /**
     * The remote process learns whose child its own calls are; the record says whose this one is.
     */
    @Test
    void handle_traced_recordsWhereItCameFromAndPassesItselfOnAsParent() {
        remotes.let(exchange -> RemotePair.respond(exchange, 200, "{\"data\":{}}"));
        TraceParent came =
                TraceParent.parse("00-" + "a1".repeat(16) + "-b2b2b2b2b2b2b2b2-01").get();
        TestCall call = remotes.call("write").trace(came).callerCorrelationId("order-7");
        EngineResponse.Answered _ = call.answered();

        String id = call.id().toString().replace("-", "");
        assertThat(remotes.lastHeaders.get().getFirst("traceparent"))
                .isEqualTo("00-" + came.traceId() + "-" + id.substring(16) + "-01");
        AuditRecord record = only(call);
        assertThat(record.meta().text("trace_id")).contains(came.traceId());
        assertThat(record.meta().text("parent_span_id")).contains(came.parentId());
        assertThat(record.meta().text("caller_correlation_id")).contains("order-7");

        TestCall untraced = remotes.call("write");
        EngineResponse.Answered _ = untraced.answered();
        String own = untraced.id().toString().replace("-", "");
        assertThat(remotes.lastHeaders.get().getFirst("traceparent"))
                .isEqualTo("00-" + own + "-" + own.substring(16) + "-00");
        assertThat(only(untraced).meta().has("trace_id")).isFalse();
    }

    /** What a remote process says, and what our caller hears. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "422 | {`code`:`invalid_payload`,`message`:`n`} | invalid_payload | refused | none",
                "422 | {`code`:`policy_denied`,`message`:`n`}   | policy_denied   | refused | none",
                "404 | {`code`:`not_found`,`message`:`n`}       | not_found       | refused | none",
                "429 | {`code`:`rate_limited`,`message`:`n`}    | rate_limited    | refused | none",
                "401 | {`code`:`unauthenticated`}               | adapter_error   | error   | none",
                "404 | {`code`:`unknown_operation`}             | adapter_error   | error   | none",
                "500 | {`code`:`internal`}                      | adapter_error   | error   |"
                        + " unknown",
                "504 | {`code`:`timeout`}                       | timeout         | error   |"
                        + " unknown",
                "200 | {`metadata`:{}}                          | adapter_error   | error   |"
                        + " unknown",
                "200 | {`data`:[]}                              | adapter_error   | error   |"
                        + " unknown",
                "200 | not json                                 | adapter_error   | error   |"
                        + " unknown",
                "302 | {}                                       | adapter_error   | error   | none",
                "500 | <html>                                   | adapter_error   | error   |"
                        + " unknown"
            })
    void handle_remoteRefuses_isToldAndRecordedAccordingly(
            int status, String body, String code, String outcome, String effect) {
        remotes.let(exchange -> RemotePair.respond(exchange, status, body.replace('`', '"')));
        int before = remotes.requestsInAll();
        TestCall call = remotes.call("write");
        EngineResponse.Refused refused = call.refused();

        assertThat(refused.refusal().code().wire()).isEqualTo(code);
        assertThat(only(call).outcome().wire()).isEqualTo(outcome);
        assertThat(only(call).meta().text("effect").orElse("none")).isEqualTo(effect);
        assertThat(refused.refusal().details().text("effect").orElse("none")).isEqualTo(effect);
        assertThat(remotes.requestsInAll()).as("sent once").isEqualTo(before + 1);
    }

    @Test
    void handle_remoteTooSlow_isTimeoutWithTheEffectOfItsKind() {
        remotes.let(exchange -> {
            exchange.getResponseHeaders();
            sleepLongerThanTheDeadline();
            RemotePair.respond(exchange, 200, "{\"data\":{}}");
        });
        EngineResponse.Refused write =
                remotes.call("write").timeout(Duration.ofMillis(400)).refused();
        EngineResponse.Refused read =
                remotes.call("read").timeout(Duration.ofMillis(400)).refused();

        assertThat(write.refusal().code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(write.refusal().details().text("effect")).contains("unknown");
        assertThat(read.refusal().code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(read.refusal().details().text("effect")).contains("none");
    }

    private static void sleepLongerThanTheDeadline() {
        Deadline end = Deadline.after(Duration.ofMillis(800));
        while (!end.passed()) {
            java.util.concurrent.locks.LockSupport.parkNanos(end.remainingNanos());
        }
    }
}
