package dev.mapsovereign.engine.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.context.ResolvedIdentity;
import dev.mapsovereign.engine.policy.PolicyVerdict.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a call is to the policies in force, and what they make of it. */
class PolicyJudgementTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final AgentDid CLERK = AgentDid.parse("did:oas:acme:agent:clerk");
    private static final AgentDid ROOT = AgentDid.parse("did:oas:acme:hmr:root");
    private static final Instant NOW = Instant.parse("2027-01-01T09:30:15Z");
    private static final String SIZE_CAP =
            "permit (principal, action == Action::\"map.market.execute_trade\", resource)"
                    + " when { resource.size_usd < 100000 };";

    private static PolicyCall call(String operation, boolean readOnly, String input) {
        ResolvedIdentity identity =
                new ResolvedIdentity(
                        CLERK,
                        List.of(),
                        true,
                        false,
                        Optional.of(ROOT),
                        2,
                        List.of(),
                        true,
                        JsonObject.EMPTY);
        return new PolicyCall(
                ACME,
                new PolicyCall.Principal.Agent(CLERK, Optional.of(identity)),
                new CapabilityName(operation),
                "MARKET",
                readOnly,
                JsonReader.parseObject(
                        input.getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT),
                new PolicyCall.Circumstances(
                        NOW,
                        Set.of("eu", "de"),
                        Optional.of("v1.0.0"),
                        Optional.of("api_key"),
                        Optional.of("198.51.100.7"),
                        Optional.empty(),
                        OptionalLong.of(123)));
    }

    private static PolicyCall trade(String input) {
        return call("map.market.execute_trade", false, input);
    }

    private static Policy policy(String id, Optional<TenantId> tenant, String body) {
        return Policy.authored(
                        new PolicyName(id, "v1.0.0"), tenant, body, Optional.empty(), "", NOW)
                .activated(NOW);
    }

    private static ActivePolicies site(String... bodies) {
        List<Policy> policies = new ArrayList<>();
        for (String body : bodies) {
            policies.add(policy("p" + policies.size(), Optional.empty(), body));
        }
        return ActivePolicies.of(policies, NOW, CompiledPolicy::stored);
    }

    private static Outcome outcome(ActivePolicies policies, PolicyCall call) {
        return policies.judge(call).getLast().outcome();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"size_usd":99999}             | PERMITTED
                    {"size_usd":100000}            | NOT_PERMITTED
                    {"size_usd":1e4}               | PERMITTED
                    {"size_usd":10000.0}           | PERMITTED
                    {"size_usd":-9007199254740991} | PERMITTED
                    {"size_usd":99999.5}           | NOT_PERMITTED
                    {"size_usd":1e300}             | NOT_PERMITTED
                    {"size_usd":"5"}               | NOT_PERMITTED
                    {"size_usd":null}              | NOT_PERMITTED
                    {"size_usd":[5]}               | NOT_PERMITTED
                    {"size_usd":{"__extn":{"fn":"decimal","arg":"1.0"}}} | NOT_PERMITTED
                    {}                             | NOT_PERMITTED
                    """)
    void judge_permitWithALimit_letsOnlyWholeNumbersBelowPass(String input, Outcome expected) {
        assertThat(outcome(site(SIZE_CAP), trade(input))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"size_usd":100000} | NOT_FORBIDDEN
                    {"size_usd":100001} | FORBIDDEN
                    {"size_usd":100000.5} | UNJUDGEABLE
                    {"size_usd":"999999"} | UNJUDGEABLE
                    {"size_usd":true}   | UNJUDGEABLE
                    {"size_usd":1e300}  | UNJUDGEABLE
                    {"size_usd":null}   | NOT_FORBIDDEN
                    {}                  | NOT_FORBIDDEN
                    """)
    void judge_forbidThatLooksFirst_isNotPassedByAnotherType(String input, Outcome expected) {
        String cap =
                "forbid (principal, action == Action::\"map.market.execute_trade\", resource)"
                        + " when { resource has size_usd && resource.size_usd > 100000 };";

        assertThat(outcome(site(cap), trade(input))).isEqualTo(expected);
    }

    @Test
    void judge_operationThatNoPolicyNames_isLeftToTheCapability() {
        ActivePolicies policies = site(SIZE_CAP);

        assertThat(outcome(policies, call("map.market.quote", true, "{}")))
                .isEqualTo(Outcome.NOT_CONSULTED);
        assertThat(policies.isEmpty()).isFalse();
        assertThat(ActivePolicies.NONE.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "'action',                                                 true,  true",
        "'action == Action::\"map.market.execute_trade\"',         true,  false",
        "'action in Action::\"map.market.execute_trade\"',         true,  false",
        "'action in Action::\"map.market.*\"',                     true,  true",
        "'action in Action::\"map.*.*\"',                          true,  true",
        "'action == Action::\"map.market.*\"',                     false, false",
        "'action in Action::\"map.mark.*\"',                       false, false",
        "'action in Action::\"action_kind:read-write\"',           true,  false",
        "'action in Action::\"action_kind:read-only\"',            false, true",
        "'action in [Action::\"map.x.*\", Action::\"map.market.quote\"]', false, true",
        "'action == Map::Action::\"map.market.execute_trade\"',    false, false"
    })
    void judge_actionScope_namesExactlyWhatCedarMatches(
            String scope, boolean trade, boolean quote) {
        ActivePolicies policies = site("forbid(principal, " + scope + ", resource);");

        assertThat(outcome(policies, trade("{}")))
                .isEqualTo(trade ? Outcome.FORBIDDEN : Outcome.NOT_CONSULTED);
        assertThat(outcome(policies, call("map.market.quote", true, "{}")))
                .isEqualTo(quote ? Outcome.FORBIDDEN : Outcome.NOT_CONSULTED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    principal == Agent::"did:oas:acme:agent:clerk"
                    principal in Tenant::"acme"
                    principal in Agent::"did:oas:acme:hmr:root"
                    principal is Agent && principal.kind == "agent" && principal.namespace == "acme"
                    principal.did == "did:oas:acme:agent:clerk" && principal.tenant == "acme"
                    principal.conformance_level >= 2 && principal.lineage_verified
                    action in Action::"map.market.*" && action in Action::"map.*.*"
                    action in Action::"action_kind:read-write" && !(action in Action::"action_kind:read-only")
                    Action::"map.market.*" in Action::"map.*.*"
                    resource == Operation::"map.market.execute_trade" && resource is Operation
                    resource in Tenant::"acme" && resource in Protocol::"MARKET"
                    resource.legs.contains({side: "buy", n: 2}) && resource.legs.containsAll([1])
                    resource.nested.deep == "x" && !(resource has gone)
                    !resource.nulls.containsAny([1]) && resource.nulls.isEmpty()
                    context.tenant == "acme" && context.protocol == "MARKET" && context.operation == "execute_trade"
                    context.version == "v1.0.0" && !context.read_only && context.body_bytes == 123
                    context.credential == "api_key" && context.source like "198.51.100.*"
                    context.jurisdictions == ["de", "eu"] && !(context has trace_id)
                    context.time.hour == 9 && context.time.minute == 30 && context.time.weekday == 5
                    context.time.date == "2027-01-01" && context.time.epoch_seconds == 1798795815
                    """)
    void judge_call_isMappedAsTheReferenceSays(String expression) {
        ActivePolicies policies =
                site("permit(principal, action, resource) when { " + expression + " };");
        String input =
                """
                {"legs":[{"side":"buy","n":2,"note":null},1,1],"nested":{"deep":"x"},
                 "gone":null,"nulls":[null]}
                """;

        PolicyVerdict verdict = policies.judge(trade(input)).getLast();

        assertThat(verdict.outcome()).as("%s", verdict.errors()).isEqualTo(Outcome.PERMITTED);
    }

    @Test
    void judge_memberOfTooManyValues_isThereAndCannotBeJudged() {
        ActivePolicies policies =
                site(
                        "forbid(principal, action, resource)"
                                + " when { resource has legs && resource.legs.contains(7) };");
        String most = "{\"legs\":[" + "1,".repeat(Limits.POLICY_VALUES_MAX - 2) + "1]}";

        assertThat(outcome(policies, trade(most))).isEqualTo(Outcome.NOT_FORBIDDEN);
        PolicyVerdict verdict = policies.judge(trade(most.replace("[1,", "[1,1,"))).getLast();
        assertThat(verdict.outcome()).isEqualTo(Outcome.UNJUDGEABLE);
        assertThat(verdict.errors().get("p0"))
                .endsWith("the attribute \"legs\" is too large to be looked at");
    }

    @Test
    void judge_tenantsPermit_widensNothingThatTheSiteNarrowed() {
        List<Policy> both =
                List.of(
                        policy("site.cap", Optional.empty(), SIZE_CAP),
                        policy(
                                "acme.all",
                                Optional.of(ACME),
                                "permit(principal, action, resource);"));
        ActivePolicies policies = ActivePolicies.of(both, NOW, CompiledPolicy::stored);

        assertThat(policies.judge(trade("{\"size_usd\":5}")))
                .extracting(PolicyVerdict::outcome)
                .containsExactly(Outcome.PERMITTED, Outcome.PERMITTED);
        assertThat(policies.judge(trade("{\"size_usd\":500000}")))
                .extracting(PolicyVerdict::outcome)
                .containsExactly(Outcome.NOT_PERMITTED);
    }

    @Test
    void judge_policyOfAnotherTenant_isNotAsked() {
        ActivePolicies policies =
                ActivePolicies.of(
                        List.of(
                                policy(
                                        "bolt.none",
                                        Optional.of(TenantId.of("bolt")),
                                        "forbid(principal, action, resource);")),
                        NOW,
                        CompiledPolicy::stored);

        assertThat(outcome(policies, trade("{}"))).isEqualTo(Outcome.NOT_CONSULTED);
    }

    @Test
    void judge_severalStatements_areNamedByIdAnnotationOrNumber() {
        ActivePolicies policies =
                site(
                        "@id(\"night\") forbid(principal, action, resource) when { true };"
                                + "forbid(principal, action, resource) when { true };"
                                + "permit(principal, action, resource) when { 1 == 1 };");

        PolicyVerdict verdict = policies.judge(trade("{}")).getLast();

        assertThat(verdict.deciding()).containsExactly("p0#night", "p0#2");
        assertThat(verdict.sentence(new CapabilityName("map.market.execute_trade"), "somebody"))
                .isEqualTo(
                        "map.market.execute_trade is forbidden to somebody by policy"
                                + " p0#night v1.0.0, p0#2 v1.0.0");
        assertThat(verdict.details(new CapabilityName("map.market.execute_trade")).text("policy"))
                .contains("p0#night");
    }

    @Test
    void judge_forbidThatCannotBeJudged_refusesAlsoWherePermitsApply() {
        ActivePolicies policies =
                site(
                        "permit(principal, action, resource);",
                        "forbid(principal, action, resource) when { resource.size_usd > 5 };");

        PolicyVerdict verdict = policies.judge(trade("{}")).getLast();

        assertThat(verdict.outcome()).isEqualTo(Outcome.UNJUDGEABLE);
        assertThat(verdict.deciding()).containsExactly("p1");
        assertThat(verdict.errors())
                .isEqualTo(Map.of("p1", "1:52: there is no attribute \"size_usd\""));
    }

    @Test
    void judge_permitThatCannotBeJudged_leavesTheOthersTheirVoice() {
        ActivePolicies policies =
                site(
                        "permit(principal, action, resource) when { resource.size_usd > 5 };",
                        "permit(principal, action, resource);");

        assertThat(outcome(policies, trade("{}"))).isEqualTo(Outcome.PERMITTED);
    }

    @Test
    void judge_policyThatThisReleaseCannotRead_refusesEveryCall() {
        ActivePolicies policies = site("permit(principal, action, resource) when { ip(\"x\") };");

        PolicyVerdict verdict = policies.judge(call("map.market.quote", true, "{}")).getLast();

        assertThat(verdict.outcome()).isEqualTo(Outcome.UNREADABLE);
        assertThat(verdict.sentence(new CapabilityName("map.market.quote"), "x"))
                .startsWith("policy p0 v1.0.0 is in force and cannot be read: 1:44:");
    }

    @Test
    void of_versionsOfOneId_takesTheLatestThatHasBegun() {
        Policy first = policy("cap", Optional.empty(), SIZE_CAP);
        Policy later =
                Policy.authored(
                                new PolicyName("cap", "v2.0.0"),
                                Optional.empty(),
                                "forbid(principal, action, resource);",
                                Optional.of(NOW.plusSeconds(60)),
                                "",
                                NOW)
                        .activated(NOW.plusSeconds(1));
        List<Policy> both = List.of(first, later);

        ActivePolicies before = ActivePolicies.of(both, NOW, CompiledPolicy::stored);
        ActivePolicies after = ActivePolicies.of(both, NOW.plusSeconds(60), CompiledPolicy::stored);

        assertThat(before.names()).containsExactly(first.name());
        assertThat(before.over(NOW.plusSeconds(59))).isFalse();
        assertThat(before.over(NOW.plusSeconds(60))).isTrue();
        assertThat(after.names()).containsExactly(later.name());
        assertThat(after.over(Instant.MAX.minusSeconds(1))).isFalse();
    }

    @Test
    void asked_operation_listsWhoeverNamesIt() {
        ActivePolicies policies =
                site(
                        SIZE_CAP,
                        "forbid(principal, action in Action::\"action_kind:read-only\", resource);",
                        "forbid(principal, action in Action::\"map.max.*\", resource);");
        CapabilityName trade = new CapabilityName("map.market.execute_trade");

        assertThat(policies.asked(ACME, trade, Optional.of(false)))
                .extracting(PolicyName::id)
                .containsExactly("p0");
        assertThat(policies.asked(ACME, trade, Optional.empty()))
                .extracting(PolicyName::id)
                .containsExactly("p0", "p1");
    }
}
