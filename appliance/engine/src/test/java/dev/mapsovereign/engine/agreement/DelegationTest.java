package dev.mapsovereign.engine.agreement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.capability.Terms;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestModule;
import dev.mapsovereign.engine.capability.CapabilityAliases;
import dev.mapsovereign.engine.capability.CapabilitySources;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.testing.ManualClock;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Delegations, as agents meet them, in a whole engine. */
final class DelegationTest {
    private static final TenantId TENANT = TenantId.of("delegating");
    private static final Instant NOW = Instant.parse("2026-11-30T10:30:00Z");
    private static final Instant TOMORROW = NOW.plus(Duration.ofDays(1));

    private final ManualClock clock = new ManualClock(NOW);
    private final Map<AgentDid, Credential> keys = new HashMap<>();

    @TempDir private Path folder;

    private TestEngine node;
    private int serial;

    @BeforeEach
    void start() {
        node =
                TestEngine.start(
                        folder, TestEngine.GENEROUS, clock, new TestModule("TEST", "v1.0.0"));
        node.tenants.create(TENANT);
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private AgentDid agent(String name) {
        AgentDid did = AgentDid.parse("did:oas:acme:agent:" + name);
        node.identities.computeIfAbsent(did, Signers::identity);
        keys.computeIfAbsent(
                did,
                of ->
                        new Credential.ApiKey(
                                node.apiKeys.create(TENANT, of, "", Optional.empty()).text()));
        return did;
    }

    private void grant(String name, String capability, String... limits) {
        node.grants.grant(
                TENANT,
                agent(name),
                new Capability(
                        new CapabilityName(capability),
                        Optional.empty(),
                        Terms.limits(List.of(limits)),
                        List.of()),
                "test");
    }

    private Delegation delegation(
            String from, String to, boolean mayDelegate, String capability, String... limits) {
        serial++;
        SignedText text =
                SignedText.of(
                        Delegation.unsigned(
                                TENANT,
                                agent(from),
                                agent(to),
                                List.of(
                                        new Capability(
                                                new CapabilityName(capability),
                                                Optional.empty(),
                                                Terms.limits(List.of(limits)),
                                                List.of())),
                                Optional.empty(),
                                TOMORROW,
                                mayDelegate,
                                "%016x".formatted(serial)));
        return Delegation.parse(Signers.signed(text, agent(from)));
    }

    private Delegation delegate(
            String from, String to, boolean mayDelegate, String capability, String... limits) {
        Delegation made = delegation(from, to, mayDelegate, capability, limits);
        node.agreements.take(made);
        return made;
    }

    private TestEngine.TestCall call(String name, String operation) {
        Credential key = keys.get(agent(name));
        return node.call(operation).credential(Objects.requireNonNull(key));
    }

    private boolean may(String name, String operation) {
        return call(name, operation).send() instanceof EngineResponse.Answered;
    }

    private Refusal refusal(String name, String operation) {
        return call(name, operation).refused().refusal();
    }

    @Test
    void delegated_bySomebodyWhoMay_allowsThatAndNoMore() {
        grant("clerk", "map.test.*");
        delegate("clerk", "helper", false, "map.test.read");

        call("helper", "read").answered();

        Refusal refusal = refusal("helper", "write");
        assertThat(refusal.code()).isEqualTo(ErrorCode.CAPABILITY_DENIED);
    }

    @Test
    void delegator_losesItsRight_delegateLosesItAtOnce() {
        grant("clerk", "map.test.read");
        delegate("clerk", "helper", false, "map.test.read");
        call("helper", "read").answered();

        node.grants.revoke(TENANT, agent("clerk"), new CapabilityName("map.test.read"), "");

        TestEngine.TestCall denied = call("helper", "read");
        assertThat(denied.refused().refusal().message())
                .isEqualTo(
                        "map.test.read is granted to did:oas:acme:agent:helper on terms: its"
                                + " delegator did:oas:acme:agent:clerk may not call it");
        AuditRecord record = node.recordsOf(denied.id()).getFirst();
        assertThat(record.eventType()).isEqualTo("SecurityViolation");
    }

    @Test
    void passedOn_onlyWhereTheDelegatorMayDelegate() {
        grant("clerk", "map.test.read");
        delegate("clerk", "helper", false, "map.test.read");
        delegate("helper", "third", false, "map.test.read");
        assertThat(refusal("third", "read").message())
                .endsWith(
                        "did:oas:acme:agent:helper may not call it: did:oas:acme:agent:helper holds"
                                + " it by a treaty or a delegation that may not be passed on");

        delegate("clerk", "helper", true, "map.test.read");

        call("third", "read").answered();
    }

    @Test
    void chain_longerThanTheMost_isDenied() {
        grant("a0", "map.test.read");
        for (int i = 0; i < Limits.DELEGATION_DEPTH_MAX + 1; i++) {
            delegate("a" + i, "a" + (i + 1), true, "map.test.read");
        }

        call("a" + Limits.DELEGATION_DEPTH_MAX, "read").answered();
        assertThat(refusal("a" + (Limits.DELEGATION_DEPTH_MAX + 1), "read").message())
                .contains("it was passed on more than 8 times");
    }

    @Test
    void circle_givesNothingAndEnds() {
        delegate("one", "two", true, "map.test.read");
        delegate("two", "one", true, "map.test.read");

        assertThat(may("one", "read")).isFalse();
        assertThat(may("two", "read")).isFalse();
    }

    @Test
    void manyWays_areNotWalkedForEver() {
        for (int layer = 0; layer < 7; layer++) {
            for (int from = 0; from < 4; from++) {
                for (int to = 0; to < 4; to++) {
                    delegate(
                            "l" + layer + "-" + from,
                            "l" + (layer + 1) + "-" + to,
                            true,
                            "map.test.read");
                }
            }
        }

        assertThat(refusal("l7-0", "read").message())
                .contains("more than " + Limits.CAPABILITY_STEPS_MAX + " entries");
    }

    @Test
    void delegatorsLimit_isSharedByItsDelegates() {
        grant("clerk", "map.test.read", "max_per_hour=3");
        delegate("clerk", "one", false, "map.test.read", "max_per_hour=3");
        delegate("clerk", "two", false, "map.test.read", "max_per_hour=3");

        call("one", "read").answered();
        call("two", "read").answered();
        call("clerk", "read").answered();

        Refusal refusal = refusal("two", "read");
        assertThat(refusal.code()).isEqualTo(ErrorCode.RATE_LIMITED);
        assertThat(refusal.retryAfter()).contains(Duration.ofMinutes(30));
        clock.advance(Duration.ofMinutes(30));
        call("two", "read").answered();
    }

    @Test
    void delegatesLimit_usedUp_doesNotUseTheDelegatorsUp() {
        grant("clerk", "map.test.read", "max_per_hour=3");
        delegate("clerk", "one", false, "map.test.read", "max_per_hour=1");
        call("one", "read").answered();
        for (int i = 0; i < 5; i++) {
            assertThat(refusal("one", "read").code()).isEqualTo(ErrorCode.RATE_LIMITED);
        }

        call("clerk", "read").answered();
        call("clerk", "read").answered();
        assertThat(may("clerk", "read")).isFalse();
    }

    @Test
    void delegator_whoseKeyChangesOrWhoIsRevoked_givesNothing() {
        grant("clerk", "map.test.read");
        delegate("clerk", "helper", false, "map.test.read");
        AgentDid clerk = agent("clerk");
        call("helper", "read").answered();

        node.identities.put(clerk, Signers.identity(clerk, Signers.seed(agent("somebody")), true));
        node.engine.identitiesChanged();
        assertThat(may("helper", "read")).as("another key").isFalse();

        node.identities.put(clerk, Signers.identity(clerk, Signers.seed(clerk), false));
        node.engine.identitiesChanged();
        assertThat(may("helper", "read")).as("revoked").isFalse();

        node.identities.put(clerk, Signers.identity(clerk));
        node.engine.identitiesChanged();
        call("helper", "read").answered();
    }

    @Test
    void ended_givesNothingAndIsNotTakenAgain() {
        grant("clerk", "map.test.read");
        Delegation delegation = delegate("clerk", "helper", false, "map.test.read");
        call("helper", "read").answered();

        assertThat(node.agreements.take(delegation).fresh()).as("taken twice").isFalse();
        node.agreements.endDelegation(delegation.id(), "done");

        assertThat(may("helper", "read")).isFalse();
        assertThatThrownBy(() -> node.agreements.take(delegation))
                .hasMessage("it was ended here at 2026-11-30T10:30:00Z; sign another");
    }

    @Test
    void afterItsEnd_givesNothing() {
        grant("clerk", "map.test.read");
        delegate("clerk", "helper", false, "map.test.read");
        clock.advance(Duration.ofDays(1).minusSeconds(1));
        call("helper", "read").answered();

        clock.advance(Duration.ofSeconds(1));

        assertThat(may("helper", "read")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "document = REPLACE(document, 'map.test.read', 'map.test.*')",
                "document = REPLACE(document, '2026-12-01', '2027-12-01')",
                "document = '{}'",
                "document = 'not json'",
                "holder = 'did:oas:acme:agent:thief'",
                "tenant_id = 'acme'",
            })
    void row_changedInTheDatabase_countsForNothing(String change) {
        grant("clerk", "map.test.*");
        delegate("clerk", "helper", false, "map.test.read");
        node.database.durably(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("UPDATE agreement SET " + change)) {
                return statement.executeUpdate();
            }
        });
        node.engine.identitiesChanged();

        assertThat(may("helper", "read")).isFalse();
        assertThat(may("thief", "read")).isFalse();
        assertThat(may("clerk", "read")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "map.test.read, '', map.test.read, '',",
        "map.test.*, '', map.test.read, max_per_hour=5,",
        "map.test.read, '', map.test.*, '', it is not held at all",
        "map.test.read, max_per_hour=5, map.test.read, '', max_per_hour must be at most 5",
        "map.test.read, max_per_hour=5, map.test.read, max_per_hour=6, max_per_hour must be at most 5",
        "map.test.read, max_per_hour=5, map.test.read, max_per_hour=5,",
        "map.other.*, '', map.test.read, '', it is not held at all",
    })
    void obstacleToDelegating_comparesWithWhatIsHeld(
            String held, String heldLimit, String given, String givenLimit, String obstacle) {
        if (heldLimit.isEmpty()) {
            grant("clerk", held);
        } else {
            grant("clerk", held, heldLimit);
        }
        Capability capability =
                new Capability(
                        new CapabilityName(given),
                        Optional.of(TOMORROW),
                        Terms.limits(givenLimit.isEmpty() ? List.of() : List.of(givenLimit)),
                        List.of());

        assertThat(sources().of(TENANT, agent("clerk")).obstacleToDelegating(capability, NOW))
                .isEqualTo(Optional.ofNullable(obstacle));
    }

    private CapabilitySources sources() {
        return new CapabilitySources(
                List.of(),
                CapabilityAliases.NONE,
                Set.of(),
                did -> Optional.ofNullable(node.identities.get(did)),
                node.grants,
                node.agreements);
    }

    @Test
    void take_whatIsNotSignedByTheDelegator_isRefused() {
        Delegation good = delegation("clerk", "helper", false, "map.test.read");
        Delegation byAnother =
                Delegation.parse(
                        SignedText.of(good.text().json().without("signatures"))
                                .signed(
                                        agent("clerk"),
                                        NOW,
                                        Signers.sign(agent("helper"), good.text().signedBytes())));
        Delegation byNobody =
                Delegation.parse(SignedText.of(good.text().json().without("signatures")));

        assertThatThrownBy(() -> node.agreements.take(byAnother))
                .hasMessageContaining("is by none of the keys");
        assertThatThrownBy(() -> node.agreements.take(byNobody))
                .hasMessage("it is not signed by did:oas:acme:agent:clerk");
    }

    /** Random graphs against the definition, written as a fixed point. */
    @Test
    void randomGraphs_nobodyMayMoreThanTheDefinitionSays() {
        Random random = new Random(20_261_130);
        List<String> operations = List.of("read", "write");
        int allowed = 0;
        for (int round = 0; round < 12; round++) {
            String prefix = "r" + round + "-";
            List<Delegation> made = new ArrayList<>();
            Set<String> held = new HashSet<>();
            for (String operation : operations) {
                String holder = prefix + random.nextInt(5);
                grant(holder, "map.test." + operation);
                held.add(holder + " " + operation);
            }
            for (int i = 0; i < 9; i++) {
                int from = random.nextInt(5);
                int to = (from + 1 + random.nextInt(4)) % 5;
                String what = random.nextInt(3) == 0 ? "*" : operations.get(random.nextInt(2));
                made.add(
                        delegate(
                                prefix + from,
                                prefix + to,
                                random.nextBoolean(),
                                "map.test." + what));
            }
            for (int agent = 0; agent < 5; agent++) {
                for (String operation : operations) {
                    String name = prefix + agent;
                    boolean expected = reaches(name, operation, made, held, false, new HashSet<>());
                    assertThat(may(name, operation))
                            .as("round %s, agent %s, %s", round, agent, operation)
                            .isEqualTo(expected);
                    allowed += expected ? 1 : 0;
                }
            }
        }
        assertThat(allowed).as("the graphs are neither empty nor full").isBetween(30, 110);
    }

    private boolean reaches(
            String name,
            String operation,
            List<Delegation> made,
            Set<String> held,
            boolean toPassOn,
            Set<String> seen) {
        if (held.contains(name + " " + operation)) {
            return true;
        }
        if (!seen.add(name)) {
            return false;
        }
        boolean found = false;
        for (Delegation each : made) {
            boolean covers =
                    each.capabilities()
                            .getFirst()
                            .name()
                            .covers(new CapabilityName("map.test." + operation));
            if (each.delegate().equals(agent(name))
                    && covers
                    && (!toPassOn || each.mayDelegate())) {
                found |=
                        reaches(
                                each.delegator().identifier(),
                                operation,
                                made,
                                held,
                                true,
                                new HashSet<>(seen));
            }
        }
        return found;
    }
}
