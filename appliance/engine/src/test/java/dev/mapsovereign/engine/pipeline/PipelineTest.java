package dev.mapsovereign.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Crowd;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RejectedRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PipelineTest {
    private TestEngine node;

    @BeforeAll
    void start(@TempDir Path folder) {
        node = TestEngine.start(folder, TestEngine.GENEROUS);
        node.tenants.create(TenantId.of("other"));
        node.tenants.create(TenantId.of("asleep"));
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @Test
    void handle_allowedCall_isAnsweredWithItsOwnDurableRecord() {
        TestCall call = node.call("read").input("{\"text\":\"ä\",\"n\":7}");
        EngineResponse.Answered answer = call.answered();

        assertThat(new String(answer.data(), StandardCharsets.UTF_8))
                .isEqualTo("{\"n\":7,\"text\":\"ä\"}");
        assertThat(answer.replayed()).isFalse();
        assertThat(answer.metadata().protocol()).contains("TEST");
        assertThat(answer.metadata().version()).contains("v1.0.0");
        assertThat(answer.metadata().operation()).contains("read");
        assertThat(answer.metadata().tenant()).contains(TestEngine.ACME);
        AuditRecord record = only(call);
        var reference = answer.metadata().record().orElseThrow();
        assertThat(record.index()).isEqualTo(reference.index());
        assertThat(node.log.recordHash(TestEngine.ACME, record.index()))
                .isEqualTo(reference.hash());
        assertThat(record.eventType()).isEqualTo("ProtocolInvocation");
        assertThat(record.outcome()).isEqualTo(AuditOutcome.SUCCESS);
        assertThat(record.callerDid()).contains(TestEngine.AGENT.text());
        assertThat(record.code()).isEmpty();
        assertThat(record.inputHmac())
                .contains(TestEngine.digest(TestEngine.ACME, call.id(), call.body()));
        assertThat(record.outputHmac())
                .contains(TestEngine.digest(TestEngine.ACME, call.id(), answer.data()));
        assertThat(record.meta().text("credential")).contains("api_key");
    }

    @Test
    void handle_moduleNotes_standInTheRecordsMeta() {
        node.module.let(
                "other.read",
                (input, context) -> {
                    context.note("message_id", "m-1");
                    return input;
                });
        TestCall call = node.call("other.read");
        call.answered();

        assertThat(only(call).meta().text("message_id")).contains("m-1");
    }

    /** One row for each way of being refused: which stage, which event, whose chain. */
    record Row(
            String name,
            UnaryOperator<TestCall> call,
            String operation,
            ErrorCode code,
            String stage,
            String event,
            String outcome,
            TenantId chain) {
        @Override
        public String toString() {
            return name;
        }
    }

    Stream<Row> rows() {
        TenantId acme = TestEngine.ACME;
        return Stream.of(
                row(
                        "protocol",
                        c -> c.protocol("NONE"),
                        "read",
                        "unknown_protocol",
                        1,
                        "Error",
                        acme),
                row(
                        "protocol case",
                        c -> c.protocol("test"),
                        "read",
                        "unknown_protocol",
                        1,
                        "Error",
                        acme),
                row(
                        "protocol, no credential",
                        c -> c.protocol("NONE").anonymous(),
                        "read",
                        "unknown_protocol",
                        1,
                        "Error",
                        TenantId.NODE),
                row("version", c -> c.version("v2"), "read", "unknown_version", 1, "Error", acme),
                row(
                        "version form",
                        c -> c.version(""),
                        "read",
                        "unknown_version",
                        1,
                        "Error",
                        acme),
                row("operation", c -> c, "fly", "unknown_operation", 1, "Error", acme),
                row(
                        "no credential",
                        TestCall::anonymous,
                        "read",
                        "unauthenticated",
                        2,
                        "SecurityViolation",
                        TenantId.NODE),
                row(
                        "wrong key",
                        c -> c.credential(new Credential.ApiKey(flipped(node.key))),
                        "read",
                        "unauthenticated",
                        2,
                        "SecurityViolation",
                        TenantId.NODE),
                row(
                        "wrong key at an open operation",
                        c -> c.credential(new Credential.ApiKey(flipped(node.key))),
                        "greet",
                        "unauthenticated",
                        2,
                        "SecurityViolation",
                        TenantId.NODE),
                row(
                        "malformed credential",
                        c -> c.credential(new Credential.Malformed("no scheme")),
                        "read",
                        "unauthenticated",
                        2,
                        "SecurityViolation",
                        TenantId.NODE),
                row(
                        "another DID",
                        c -> c.didHeader(TestEngine.STRANGER.text()),
                        "read",
                        "unauthenticated",
                        2,
                        "SecurityViolation",
                        TenantId.NODE),
                row(
                        "tenant in header",
                        c -> c.tenantHeader("other"),
                        "read",
                        "tenant_mismatch",
                        2,
                        "SecurityViolation",
                        acme),
                row(
                        "tenant in body",
                        c -> c.tenantInBody("_node"),
                        "read",
                        "tenant_mismatch",
                        2,
                        "SecurityViolation",
                        acme),
                row(
                        "capability",
                        c -> c.credential(keyOf(TestEngine.STRANGER)),
                        "read",
                        "capability_denied",
                        4,
                        "SecurityViolation",
                        acme),
                row(
                        "payload",
                        c -> c.input("{\"n\":\"x\"}"),
                        "read",
                        "invalid_payload",
                        7,
                        "Error",
                        acme),
                row(
                        "payload of a write",
                        c -> c.input("{\"zz\":1}"),
                        "write",
                        "invalid_payload",
                        7,
                        "Error",
                        acme),
                row("too late", c -> c.timeout(Duration.ZERO), "read", "timeout", 7, "Error", acme),
                row(
                        "bad key",
                        c -> c.idempotencyKey("ä"),
                        "read",
                        "malformed_request",
                        7,
                        "Error",
                        acme));
    }

    private static Row row(
            String name,
            UnaryOperator<TestCall> call,
            String operation,
            String code,
            int stage,
            String event,
            TenantId chain) {
        List<String> stages =
                List.of(
                        "version_resolution",
                        "context_enrichment",
                        "rate_limiting",
                        "security_gating",
                        "circuit_breaking",
                        "load_balancing",
                        "router_invocation",
                        "result_handling");
        ErrorCode known = ErrorCode.ofWire(code).orElseThrow();
        String outcome = known == ErrorCode.TIMEOUT ? "error" : "refused";
        return new Row(name, call, operation, known, stages.get(stage - 1), event, outcome, chain);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void handle_refusedCall_leavesOneRecordInTheRightChain(Row row) {
        int runs = node.module.runs(row.operation());
        TestCall call = row.call().apply(node.call(row.operation()));
        EngineResponse.Refused refused = call.refused();

        assertThat(refused.refusal().code()).isEqualTo(row.code());
        assertThat(refused.refusal().stage().orElseThrow().wire()).isEqualTo(row.stage());
        AuditRecord record = only(call);
        assertThat(record.tenant()).isEqualTo(row.chain());
        assertThat(record.eventType()).isEqualTo(row.event());
        assertThat(record.outcome().wire()).isEqualTo(row.outcome());
        assertThat(record.stage()).contains(row.stage());
        assertThat(record.code()).contains(row.code().wire());
        assertThat(record.inputHmac()).isPresent();
        assertThat(record.outputHmac()).isEmpty();
        assertThat(refused.metadata().record().isPresent())
                .as("strangers learn nothing about the log")
                .isEqualTo(row.chain().equals(TestEngine.ACME));
        assertThat(node.module.runs(row.operation())).as("nothing ran").isEqualTo(runs);
        if (row.code() == ErrorCode.UNAUTHENTICATED) {
            assertThat(refused.refusal().challenges()).hasSize(3);
        }
    }

    /** What a module says passes on, each with its event; what it breaks is our fault. */
    @ParameterizedTest
    @MethodSource("moduleRows")
    void handle_moduleRefuses_isRecordedByItsCode(ErrorCode code, String event, String outcome) {
        node.module.letRefuse("write", code);
        TestCall call = node.call("write");
        EngineResponse.Refused refused = call.refused();

        assertThat(refused.refusal().code()).isEqualTo(code);
        AuditRecord record = only(call);
        assertThat(record.eventType()).isEqualTo(event);
        assertThat(record.outcome().wire()).isEqualTo(outcome);
        assertThat(record.stage()).contains("router_invocation");
        if (code.status() == 503 || code.status() == 504) {
            assertThat(refused.refusal().details().text("effect")).contains("none");
        }
    }

    static Stream<Object[]> moduleRows() {
        return Stream.of(
                new Object[] {ErrorCode.INVALID_PAYLOAD, "Error", "refused"},
                new Object[] {ErrorCode.POLICY_DENIED, "SecurityViolation", "refused"},
                new Object[] {ErrorCode.CAPABILITY_DENIED, "SecurityViolation", "refused"},
                new Object[] {ErrorCode.UNAUTHENTICATED, "SecurityViolation", "refused"},
                new Object[] {ErrorCode.NOT_FOUND, "Error", "refused"},
                new Object[] {ErrorCode.RATE_LIMITED, "RateLimitExceeded", "refused"},
                new Object[] {ErrorCode.ADAPTER_ERROR, "Error", "error"},
                new Object[] {ErrorCode.TIMEOUT, "Error", "error"},
                new Object[] {ErrorCode.CIRCUIT_OPEN, "CircuitBreakerOpen", "refused"});
    }

    @Test
    void handle_moduleThrows_isInternalWithUnknownEffectAndNoDetailLeaksOut() {
        node.module.let(
                "write",
                (input, context) -> {
                    throw new IllegalStateException("secret inside");
                });
        TestCall call = node.call("write");
        EngineResponse.Refused refused = call.refused();

        assertThat(refused.refusal().code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(refused.toString()).doesNotContain("secret inside");
        assertThat(refused.refusal().details().text("effect")).contains("unknown");
        AuditRecord record = only(call);
        assertThat(record.outcome()).isEqualTo(AuditOutcome.ERROR);
        assertThat(record.toString()).doesNotContain("secret inside");
        assertThat(node.log.status().openIntents()).isZero();
    }

    @Test
    void handle_moduleOverflowsItsStack_isOneFailedCallAndTheNextWorks() {
        node.module.let(
                "read",
                (input, context) -> {
                    throw new StackOverflowError();
                });
        assertThat(node.call("read").refused().refusal().code()).isEqualTo(ErrorCode.INTERNAL);
        node.module.let("read", (input, context) -> input);

        node.call("read").answered();
    }

    @Test
    void handle_answerTooLarge_isAdapterError() {
        String large = "x".repeat(9 << 20);
        node.module.let("read", (input, context) -> JsonObject.builder().put("t", large).build());
        assertThat(node.call("read").refused().refusal().code()).isEqualTo(ErrorCode.ADAPTER_ERROR);
        node.module.let("read", (input, context) -> input);
    }

    @Test
    void handle_anonymousOperation_isRecordedInTheNodesChainAndTellsNothingOfIt() {
        TestCall call = node.call("greet").anonymous();
        EngineResponse.Answered answer = call.answered();

        assertThat(answer.metadata().record()).isEmpty();
        assertThat(answer.metadata().tenant()).isEmpty();
        AuditRecord record = only(call);
        assertThat(record.tenant()).isEqualTo(TenantId.NODE);
        assertThat(record.outcome()).isEqualTo(AuditOutcome.SUCCESS);
        assertThat(record.callerDid()).isEmpty();
    }

    @Test
    void handle_suspendedTenant_isUnauthenticatedFromThatMoment() {
        TenantId asleep = TenantId.of("asleep");
        String key = node.apiKeys.create(asleep, TestEngine.AGENT, "", Optional.empty()).text();
        node.grants.grant(
                asleep, TestEngine.AGENT, new CapabilityName("map.test.*"), Optional.empty(), "");
        node.call("read").credential(new Credential.ApiKey(key)).answered();
        node.tenants.setActive(asleep, false);

        assertThat(
                        node.call("read")
                                .credential(new Credential.ApiKey(key))
                                .refused()
                                .refusal()
                                .code())
                .isEqualTo(ErrorCode.UNAUTHENTICATED);
        node.tenants.setActive(asleep, true);
        node.call("read").credential(new Credential.ApiKey(key)).answered();
    }

    @Test
    void handle_keyRevoked_isRefusedAtOnce() {
        var created = node.apiKeys.create(TestEngine.ACME, TestEngine.AGENT, "x", Optional.empty());
        Credential.ApiKey credential = new Credential.ApiKey(created.text());
        node.call("read").credential(credential).answered();
        node.apiKeys.revoke(created.key().id());

        assertThat(node.call("read").credential(credential).refused().refusal().code())
                .isEqualTo(ErrorCode.UNAUTHENTICATED);
    }

    @Test
    void handle_capabilityRevokedAndGrantedAgain_eachTakesEffectAtOnce() {
        var agent = TestEngine.AGENT;
        TenantId other = TenantId.of("other");
        Credential.ApiKey credential =
                new Credential.ApiKey(
                        node.apiKeys.create(other, agent, "", Optional.empty()).text());
        CapabilityName read = new CapabilityName("map.test.read");
        for (int round = 0; round < 5; round++) {
            node.grants.grant(other, agent, read, Optional.empty(), "round " + round);
            node.call("read").credential(credential).answered();
            node.grants.revoke(other, agent, read, "round " + round);
            assertThat(node.call("read").credential(credential).refused().refusal().code())
                    .isEqualTo(ErrorCode.CAPABILITY_DENIED);
        }
    }

    @Test
    void handle_operatorOnThisHost_actsInAnyTenantWithoutLimit() {
        TestCall call =
                node.call("read")
                        .credential(new Credential.ControlSocket("root"))
                        .tenantHeader("other");
        EngineResponse.Answered answer = call.answered();

        assertThat(answer.metadata().tenant()).contains(TenantId.of("other"));
        AuditRecord record = only(call);
        assertThat(record.meta().text("credential")).contains("control_socket");
        assertThat(record.meta().text("credential_id")).contains("root");
        assertThat(
                        node.call("read")
                                .credential(new Credential.ControlSocket("root"))
                                .tenantHeader("nobody")
                                .refused()
                                .refusal()
                                .code())
                .isEqualTo(ErrorCode.UNAUTHENTICATED);
    }

    @Test
    void handle_directoryFails_isInternalAndRecordedInTheNodesChain() {
        node.directoryFails.set(true);
        TestCall call = node.call("read");
        EngineResponse.Refused refused = call.refused();
        node.directoryFails.set(false);

        assertThat(refused.refusal().code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(only(call).tenant()).isEqualTo(TenantId.NODE);
    }

    @Test
    void handle_keyOfATenantThatDoesNotExist_isUnauthenticated() {
        // The log alone decides whether a tenant exists; a key may name one that it does not know.
        Credential.ApiKey credential =
                new Credential.ApiKey(
                        node.apiKeys
                                .create(
                                        TenantId.of("nochain"),
                                        TestEngine.AGENT,
                                        "",
                                        Optional.empty())
                                .text());

        assertThat(node.call("read").credential(credential).refused().refusal().code())
                .isEqualTo(ErrorCode.UNAUTHENTICATED);
    }

    @Test
    void handle_absurdIdempotencyKeyOfAStranger_isMalformed() {
        assertThat(
                        node.call("greet")
                                .anonymous()
                                .idempotencyKey("k\r\nX-Injected: yes")
                                .refused()
                                .refusal()
                                .code())
                .isEqualTo(ErrorCode.MALFORMED_REQUEST);
    }

    @Test
    void reject_whatTheEdgeCouldNotRead_isRecordedInTheCallersChain() {
        TestCall like = node.call("read");
        RejectedRequest rejected =
                new RejectedRequest(
                        like.id(),
                        new Credential.ApiKey(node.key),
                        like.origin(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("{\"broken".getBytes(StandardCharsets.UTF_8)),
                        Refusal.of(ErrorCode.MALFORMED_REQUEST, "not JSON"),
                        System.nanoTime());
        EngineResponse response = node.engine.reject(rejected);

        assertThat(response).isInstanceOf(EngineResponse.Refused.class);
        assertThat(response.metadata().record()).isPresent();
        AuditRecord record = only(like);
        assertThat(record.tenant()).isEqualTo(TestEngine.ACME);
        assertThat(record.stage()).isEmpty();
        assertThat(record.protocol()).isEmpty();
        assertThat(record.code()).contains("malformed_request");
    }

    @Test
    void handle_absurdNamesFromACaller_areClippedInTheRecord() {
        String absurd = "\u0001".repeat(100_000);
        TestCall call = node.call(absurd).protocol(absurd).didHeader(absurd).anonymous();
        call.refused();

        assertThat(only(call).protocol().orElseThrow().length()).isLessThan(400);
    }

    @Test
    void handle_manyCallsAtOnce_leaveExactlyOneRecordEach() throws Exception {
        long before = node.log.head(TestEngine.ACME).size();
        int threads = 50;
        long callsEach = 20;

        List<Integer> answered =
                Crowd.run(
                        threads,
                        () -> {
                            int good = 0;
                            for (int i = 0; i < callsEach; i++) {
                                EngineResponse response =
                                        switch (i % 4) {
                                            case 0 -> node.call("read").send();
                                            case 1 -> node.call("other.read").send();
                                            case 2 -> node.call("read").input("{\"n\":1.5}").send();
                                            default -> node.call("nothing").send();
                                        };
                                good += response.metadata().record().isPresent() ? 1 : 0;
                            }
                            return good;
                        });

        assertThat(answered).allMatch(good -> good == callsEach);
        assertThat(node.log.head(TestEngine.ACME).size()).isEqualTo(before + threads * callsEach);
    }

    private Credential.ApiKey keyOf(dev.mapsovereign.base.identity.AgentDid did) {
        return new Credential.ApiKey(
                node.apiKeys.create(TestEngine.ACME, did, "", Optional.empty()).text());
    }

    private static String flipped(String key) {
        char last = key.charAt(20 + 10);
        return key.substring(0, 30) + (last == 'A' ? 'B' : 'A') + key.substring(31);
    }

    private AuditRecord only(TestCall call) {
        List<AuditRecord> records = node.recordsOf(call.id());
        assertThat(records).as("records of the call").hasSize(1);
        return records.getFirst();
    }
}
