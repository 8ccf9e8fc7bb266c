package dev.mapsovereign.engine.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.policy.cedar.CedarSyntaxException;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.StageName;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policies in the pipeline of a whole engine. */
class PolicyGateTest {
    @TempDir private Path folder;
    private TestEngine engine;

    @BeforeEach
    void start() {
        engine = TestEngine.start(folder, TestEngine.GENEROUS);
    }

    @AfterEach
    void stop() {
        engine.close();
    }

    private void inForce(String id, Optional<TenantId> tenant, String body)
            throws CedarSyntaxException {
        PolicyName name = new PolicyName(id, "v1.0.0");
        engine.policies.author(name, tenant, body, Optional.empty(), "test");
        engine.policies.activate(name);
    }

    @Test
    void call_policyThatDoesNotPermit_isRefusedByNameAndRecorded() throws CedarSyntaxException {
        inForce(
                "ops.text_cap",
                Optional.empty(),
                "permit (principal, action == Action::\"map.test.write\", resource)"
                        + " when { resource.text like \"h*\" };");

        assertThat(engine.call("write").answered()).isNotNull();
        TestEngine.TestCall call = engine.call("write").input("{\"text\":\"boo\"}");
        EngineResponse.Refused refused = call.refused();

        assertThat(refused.refusal().code()).isEqualTo(ErrorCode.POLICY_DENIED);
        assertThat(refused.refusal().stage()).contains(StageName.SECURITY_GATING);
        assertThat(refused.refusal().message())
                .isEqualTo(
                        "no policy permits map.test.write to did:oas:acme:agent:tester; asked:"
                                + " ops.text_cap v1.0.0");
        assertThat(refused.refusal().details().text("policy")).contains("ops.text_cap");
        assertThat(refused.refusal().details().text("policy_version")).contains("v1.0.0");
        assertThat(engine.module.runs("write")).isOne();
        AuditRecord record = engine.recordsOf(call.id()).getFirst();
        assertThat(record.tenant()).isEqualTo(TestEngine.ACME);
        assertThat(record.event()).contains(EventType.SECURITY_VIOLATION);
        assertThat(record.outcome()).isEqualTo(AuditOutcome.REFUSED);
        assertThat(record.code()).contains("policy_denied");
        assertThat(record.stage()).contains("security_gating");
        JsonObject rule = record.meta().object("rule").orElseThrow();
        assertThat(rule.text("capability")).contains("map.test.write");
        assertThat(rule.text("policy")).contains("ops.text_cap");
        assertThat(rule.text("policy_version")).contains("v1.0.0");
        assertThat(rule.text("policy_level")).contains("site");
        assertThat(rule.text("policy_outcome")).contains("not_permitted");
    }

    @Test
    void call_operationThatNoPolicyNames_isLeftToTheCapability() throws CedarSyntaxException {
        inForce(
                "ops.write",
                Optional.empty(),
                "permit (principal, action == Action::\"map.test.write\", resource)"
                        + " when { false };");

        engine.call("read").answered();
        assertThat(engine.call("write").refused().refusal().code())
                .isEqualTo(ErrorCode.POLICY_DENIED);
    }

    @Test
    void call_withoutCapability_isDeniedBeforeAnyPolicyIsAsked() throws CedarSyntaxException {
        inForce("ops.none", Optional.empty(), "forbid (principal, action, resource);");
        engine.grants.revoke(
                TestEngine.ACME, TestEngine.AGENT, new CapabilityName("map.test.*"), "test");

        assertThat(engine.call("read").refused().refusal().code())
                .isEqualTo(ErrorCode.CAPABILITY_DENIED);
    }

    @Test
    void call_forbidOfTheTenant_actsAtOnceAndEndsAtOnce() throws CedarSyntaxException {
        inForce(
                "acme.freeze",
                Optional.of(TestEngine.ACME),
                "forbid (principal in Tenant::\"acme\","
                        + " action in Action::\"action_kind:read-write\", resource);");

        engine.call("read").answered();
        EngineResponse.Refused refused = engine.call("write").refused();
        assertThat(refused.refusal().message())
                .isEqualTo(
                        "map.test.write is forbidden to did:oas:acme:agent:tester by policy"
                                + " acme.freeze v1.0.0");
        assertThat(refused.refusal().details().text("policy_level")).contains("tenant");

        engine.policies.retire("acme.freeze");
        engine.call("write").answered();
    }

    @Test
    void call_inputThatNoSchemaHasChecked_isJudgedAsItIs() throws CedarSyntaxException {
        inForce(
                "ops.cap",
                Optional.empty(),
                "forbid (principal, action == Action::\"map.test.write\", resource)"
                        + " when { resource.text == \"stop\" };");

        for (String input : List.of("{}", "{\"text\":null}")) {
            EngineResponse.Refused refused = engine.call("write").input(input).refused();
            assertThat(refused.refusal().code()).as(input).isEqualTo(ErrorCode.POLICY_DENIED);
            assertThat(refused.refusal().message())
                    .endsWith(
                            "cannot be judged for this call: 1:81: there is no attribute \"text\"");
        }
        // Another type is not equal, so it is the schema's to refuse.
        assertThat(engine.call("write").input("{\"text\":5}").refused().refusal().code())
                .isEqualTo(ErrorCode.INVALID_PAYLOAD);
    }

    @Test
    void call_operationForAnybodyAndOperators_areAskedAsTheReferenceSays()
            throws CedarSyntaxException {
        inForce("ops.agents", Optional.empty(), "permit (principal is Agent, action, resource);");

        engine.call("greet").anonymous().answered();
        engine.call("read").answered();
        TestEngine.TestCall byOperator =
                engine.call("read")
                        .credential(new Credential.ControlSocket("root"))
                        .tenantHeader("acme");
        assertThat(byOperator.refused().refusal().message())
                .startsWith("no policy permits map.test.read to control_socket:root");
    }

    @Test
    void call_repeatedUnderItsKey_isJudgedAgain() throws CedarSyntaxException {
        engine.call("write").idempotencyKey("k1").answered();
        inForce("ops.none", Optional.empty(), "forbid (principal, action, resource);");

        assertThat(engine.call("write").idempotencyKey("k1").refused().refusal().code())
                .isEqualTo(ErrorCode.POLICY_DENIED);
        engine.policies.retire("ops.none");
        assertThat(engine.call("write").idempotencyKey("k1").answered().replayed()).isTrue();
    }
}
