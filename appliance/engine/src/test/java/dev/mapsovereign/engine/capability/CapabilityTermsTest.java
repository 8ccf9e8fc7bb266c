package dev.mapsovereign.engine.capability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.capability.CallFacts;
import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.capability.Caveat;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestModule;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.testing.ManualClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits and caveats of a grant, as a caller meets them, in a whole engine. */
final class CapabilityTermsTest {
    private static final TenantId TENANT = TenantId.of("terms");
    private static final CapabilityName READ = new CapabilityName("map.test.read");
    private static final CapabilityName OTHER_READ = new CapabilityName("map.test.other.read");
    private static final CapabilityName ALIAS = new CapabilityName("map.test.reading");
    private static final CapabilityName ANY = new CapabilityName("map.test.*");

    private final ManualClock clock = new ManualClock(Instant.parse("2026-11-30T10:59:30Z"));

    @TempDir private Path folder;

    private TestEngine node;
    private Credential.ApiKey credential;

    @BeforeEach
    void start() {
        node =
                TestEngine.start(
                        folder,
                        TestEngine.GENEROUS.withAliases(
                                new CapabilityAliases(
                                        Map.of(ALIAS.value(), List.of(READ, OTHER_READ)))),
                        clock,
                        new TestModule("TEST", "v1.0.0"));
        node.tenants.create(TENANT);
        credential =
                new Credential.ApiKey(
                        node.apiKeys.create(TENANT, TestEngine.AGENT, "", Optional.empty()).text());
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private void grant(CapabilityName name, Map<String, Long> limits, String... caveats) {
        List<Caveat> parsed = new ArrayList<>();
        for (String caveat : caveats) {
            parsed.add(Caveat.parse(caveat));
        }
        node.grants.grant(
                TENANT,
                TestEngine.AGENT,
                new Capability(name, Optional.empty(), limits, parsed),
                "test");
    }

    private TestEngine.TestCall call(String operation) {
        return node.call(operation).credential(credential);
    }

    private Refusal refused(String operation) {
        return call(operation).refused().refusal();
    }

    @Test
    void hours_outsideOfThem_isDeniedAndSaysWhichTermIsNotMet() {
        grant(READ, Map.of(), "time:09-11");

        call("read").answered();
        clock.advance(Duration.ofSeconds(30));
        TestEngine.TestCall late = call("read");
        Refusal refusal = late.refused().refusal();

        assertThat(refusal.code()).isEqualTo(ErrorCode.CAPABILITY_DENIED);
        assertThat(refusal.message())
                .isEqualTo(
                        "map.test.read is granted to did:oas:acme:agent:tester on terms:"
                                + " time:09-11 is not met");
        AuditRecord record = node.recordsOf(late.id()).getFirst();
        assertThat(record.eventType()).isEqualTo("SecurityViolation");
    }

    @Test
    void maxPerHour_usedUp_isRateLimitedToTheSecondAndHoldsAgainInTheNextHour() {
        grant(READ, Map.of("max_per_hour", 3L));

        for (int i = 0; i < 3; i++) {
            call("read").answered();
        }
        TestEngine.TestCall fourth = call("read");
        Refusal refusal = fourth.refused().refusal();

        assertThat(refusal.code()).isEqualTo(ErrorCode.RATE_LIMITED);
        assertThat(refusal.stage()).contains(StageName.SECURITY_GATING);
        assertThat(refusal.retryAfter()).contains(Duration.ofSeconds(30));
        assertThat(refusal.details().object("terms").orElseThrow().toString())
                .isEqualTo("{\"limits\":{\"max_per_hour\":3}}");
        assertThat(node.recordsOf(fourth.id()).getFirst().eventType())
                .isEqualTo("RateLimitExceeded");
        clock.advance(Duration.ofSeconds(30));
        for (int i = 0; i < 3; i++) {
            call("read").answered();
        }
        clock.advance(Duration.ofMinutes(-1));
        assertThat(refused("read").code())
                .as("a clock that was set back does not begin an hour again")
                .isEqualTo(ErrorCode.RATE_LIMITED);
    }

    @Test
    void maxPerHour_manyAtOnce_exactlySoManyPass() throws Exception {
        grant(READ, Map.of("max_per_hour", 20L, "calls_per_minute", 1_000L));
        int passed = 0;
        try (ExecutorService callers = Executors.newFixedThreadPool(8)) {
            List<Callable<EngineResponse>> calls = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                calls.add(() -> call("read").send());
            }
            for (Future<EngineResponse> answer : callers.invokeAll(calls)) {
                passed += answer.get() instanceof EngineResponse.Answered ? 1 : 0;
            }
        }
        assertThat(passed).isEqualTo(20);
    }

    @Test
    void alias_limit_countsTheCallsOfAllItsOperationsTogether() {
        grant(ALIAS, Map.of("max_per_hour", 2L));

        call("read").answered();
        call("other.read").answered();
        assertThat(refused("read").code()).isEqualTo(ErrorCode.RATE_LIMITED);
        assertThat(refused("other.read").details().text("capability")).contains("map.test.reading");
        assertThat(refused("write").code()).isEqualTo(ErrorCode.CAPABILITY_DENIED);
    }

    @Test
    void twoLimits_oneUsedUp_theOtherIsNotCounted() {
        grant(READ, Map.of("calls_per_minute", 1L, "calls_per_day", 2L));

        call("read").answered();
        for (int i = 0; i < 5; i++) {
            assertThat(refused("read").retryAfter()).contains(Duration.ofSeconds(30));
        }
        clock.advance(Duration.ofSeconds(30));
        call("read").answered();
        clock.advance(Duration.ofMinutes(1));
        assertThat(refused("read").retryAfter()).contains(Duration.ofHours(13).minusSeconds(60));
    }

    @Test
    void twoGrants_theOneWithoutTermsOrNotUsedUpCounts() {
        grant(READ, Map.of("max_per_hour", 1L));
        grant(ANY, Map.of("max_per_hour", 2L));

        for (int i = 0; i < 3; i++) {
            call("read").answered();
        }
        assertThat(refused("read").code()).isEqualTo(ErrorCode.RATE_LIMITED);
        grant(ANY, Map.of());
        call("read").answered();
    }

    @Test
    void readOnly_operationThatChangesSomething_isDeniedBeforeItRuns() {
        grant(ANY, Map.of(), "action_kind:read-only");

        call("read").answered();
        assertThat(refused("write").code()).isEqualTo(ErrorCode.CAPABILITY_DENIED);
        assertThat(node.module.runs("write")).isZero();
    }

    @Test
    void size_ofTheRequest_isLimited() {
        int bytes = call("read").body().length;
        grant(READ, Map.of("input_bytes_max", (long) bytes));

        call("read").answered();
        assertThat(call("read").input("{\"text\":\"hello!\"}").refused().refusal().message())
                .contains("input_bytes_max is " + bytes);
    }

    @Test
    void maxTokens_notAskedFor_isDenied() {
        grant(READ, Map.of("max_tokens", 100L));

        assertThat(refused("read").message()).endsWith("must ask for max_tokens of at most 100");
        assertThat(call("read").input("{\"max_tokens\":101}").refused().refusal().code())
                .isEqualTo(ErrorCode.CAPABILITY_DENIED);
        assertThat(call("read").input("{\"max_tokens\":100}").refused().refusal().code())
                .as("past the gate; the operation's schema knows no such member")
                .isEqualTo(ErrorCode.INVALID_PAYLOAD);
    }

    @Test
    void jurisdiction_whereTheSiteDoesNotLie_isDenied() {
        grant(READ, Map.of(), "jurisdiction:eu");

        assertThat(refused("read").message()).endsWith("jurisdiction:eu is not met");
    }

    @Test
    void revoked_onTermsOrNot_isDenied() {
        grant(READ, Map.of("max_per_hour", 9L));
        call("read").answered();
        node.grants.revoke(TENANT, TestEngine.AGENT, READ, "test");

        assertThat(refused("read").message()).contains("is not granted to");
    }

    @Test
    void terms_readBackFromTheDatabase_areTheSame() {
        grant(READ, Map.of("max_per_hour", 9L), "time:22-06", "jurisdiction:eu");

        Grants.Grant row = new Grants(node.database, clock).of(TENANT, TestEngine.AGENT).getFirst();

        assertThat(row.given())
                .isEqualTo(
                        new Capability(
                                READ,
                                Optional.empty(),
                                Map.of("max_per_hour", 9L),
                                List.of(
                                        new Caveat.HoursOfDay(22, 6),
                                        new Caveat.Jurisdiction("eu"))));
    }

    @Test
    void terms_thatCannotBeRead_nobodyMeets() {
        grant(READ, Map.of("max_per_hour", 9L));
        for (String damaged : List.of("{", "{\"limits\":7}", "[]", "null", "{\"x\":1}")) {
            node.database.durably(connection -> {
                try (var statement =
                        connection.prepareStatement("UPDATE capability_grant SET terms = ?")) {
                    statement.setString(1, damaged);
                    return statement.executeUpdate();
                }
            });
            node.engine.identitiesChanged();

            assertThat(refused("read").code()).as(damaged).isEqualTo(ErrorCode.CAPABILITY_DENIED);
        }
    }

    @Test
    void explanation_namesEachEntryAndItsObstacle() {
        grant(READ, Map.of(), "time:00-01");
        grant(ANY, Map.of("max_per_hour", 9L), "action_kind:read-only");
        CapabilitySets sets = node.engine::capabilitiesOf;
        CallFacts facts = new CallFacts("terms", clock.instant(), Set.of(), Optional.empty());

        CapabilityExplanation explained =
                CapabilityExplanation.of(sets, TENANT, TestEngine.AGENT, READ, facts);

        assertThat(explained.allowed()).isTrue();
        assertThat(explained.rule()).startsWith("map.test.*, granted since ").endsWith("on terms");
        assertThat(explained.json().array("considered").orElseThrow().values())
                .hasSize(2)
                .anySatisfy(each -> assertThat(each.toString()).contains("time:00-01 is not met"));
        node.grants.revoke(TENANT, TestEngine.AGENT, ANY, "test");
        CapabilityExplanation denied =
                CapabilityExplanation.of(sets, TENANT, TestEngine.AGENT, READ, facts);
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.json().array("revocations").orElseThrow().values()).hasSize(1);
        assertThat(denied.rule()).contains("map.test.*");
    }
}
