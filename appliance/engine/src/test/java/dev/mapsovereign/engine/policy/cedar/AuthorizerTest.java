package dev.mapsovereign.engine.policy.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conditions by table; {@link RealCedarTest} holds the same to Cedar's own verdict. */
class AuthorizerTest {
    private static final EntityUid AGENT = new EntityUid("Agent", "a");
    private static final EntityUid TENANT = new EntityUid("Tenant", "acme");
    private static final EntityUid SITE = new EntityUid("Tenant", "site");
    private static final EntityUid READ = new EntityUid("Action", "read");
    private static final EntityUid OPERATION = new EntityUid("Operation", "op");

    private static final Map<String, Value> ATTRIBUTES =
            Map.of(
                    "size", new Value.Whole(50),
                    "name", new Value.Text("héllo*world"),
                    "frac", new Value.Decimal(1.5),
                    "tags", Value.SetOf.of(List.of(new Value.Text("x"), new Value.Text("y"))),
                    "owner", new Value.Entity(AGENT),
                    "large", new Value.Oversize());

    private static Request request() {
        return new Request(
                AGENT,
                READ,
                OPERATION,
                () ->
                        new Value.RecordOf(
                                Map.of("rec", new Value.RecordOf(Map.of("x", new Value.Whole(1))))),
                Entities.of(
                        Map.of(
                                AGENT,
                                new Entities.Known(Entities.Attributes.NONE, Set.of(TENANT, SITE)),
                                OPERATION,
                                new Entities.Known(
                                        name -> Optional.ofNullable(ATTRIBUTES.get(name)),
                                        Set.of()))));
    }

    private static Authorizer.Answer judge(String... statements) throws CedarSyntaxException {
        List<Authorizer.Named> named = new ArrayList<>();
        for (String statement : statements) {
            named.add(
                    new Authorizer.Named(
                            "p" + named.size(), PolicyParser.parse(statement).getFirst()));
        }
        return Authorizer.judge(named, request());
    }

    private static String verdict(String expression) throws CedarSyntaxException {
        Authorizer.Answer answer =
                judge("permit(principal, action, resource) when { " + expression + " };");
        return answer.errors().getOrDefault("p0", Boolean.toString(answer.allowed()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            textBlock =
                    """
                    resource.size < 100                        ; true
                    resource.size >= 51                        ; false
                    resource.frac == resource.frac             ; true
                    resource.frac == 1                         ; false
                    resource.frac < 2                          ; this needs a value of type Long, not decimal
                    resource.name < 2                          ; this needs a value of type Long, not String
                    resource.name == 2                         ; false
                    resource.name != 2                         ; true
                    resource has large                         ; true
                    resource.large == resource.large           ; the attribute "large" is too large to be looked at
                    resource has large.a                       ; this needs a value of type Record or entity, not too large
                    resource.none == 1                         ; there is no attribute "none"
                    resource has none                          ; false
                    resource has name && resource has tags     ; true
                    resource has owner.none                    ; false
                    resource has size.none                     ; this needs a value of type Record or entity, not Long
                    context has rec.x                          ; true
                    context has rec.x.y                        ; this needs a value of type Record or entity, not Long
                    context["rec"]["x"] == 1                   ; true
                    context.rec == {x: 1}                      ; true
                    context.rec == {x: 1, y: 2}                ; false
                    resource.name like "h*o\\**d"              ; true
                    resource.name like "héllo"                 ; false
                    resource.name like "*"                     ; true
                    resource.size like "*"                     ; this needs a value of type String, not Long
                    resource.tags.contains("x")                ; true
                    resource.tags.contains(1)                  ; false
                    resource.tags.containsAll(["y", "x", "x"]) ; true
                    resource.tags.containsAll([])              ; true
                    resource.tags.containsAny(["z"])           ; false
                    resource.tags.containsAny("x")             ; this needs a value of type Set, not String
                    resource.name.contains("h")                ; this needs a value of type Set, not String
                    resource.tags == ["y", "x", "y"]           ; true
                    resource.tags.isEmpty()                    ; false
                    [[1], [1, 1]] == [[1]]                     ; true
                    principal in Tenant::"site"                ; true
                    principal in principal                     ; true
                    principal in [Tenant::"x", Tenant::"acme"] ; true
                    principal in [Tenant::"acme", 1]           ; this needs a value of type entity, not Long
                    principal in []                            ; false
                    principal in "acme"                        ; this needs a value of type entity or Set, not String
                    "acme" in principal                        ; this needs a value of type entity, not String
                    Agent::"ghost" in Agent::"ghost"           ; true
                    Agent::"ghost" has a                       ; false
                    Agent::"ghost".a == 1                      ; nothing is known of the entity Agent::"ghost"
                    principal is Agent                         ; true
                    principal is Agent in Tenant::"acme"       ; true
                    principal is Tenant in 5                   ; false
                    principal is Agent in 5                    ; this needs a value of type entity or Set, not Long
                    5 is Agent                                 ; this needs a value of type entity, not Long
                    false && 5                                 ; false
                    true || 5                                  ; true
                    true && 5                                  ; this needs a value of type Bool, not Long
                    5 && true                                  ; this needs a value of type Bool, not Long
                    false || resource.none                     ; there is no attribute "none"
                    5                                          ; this needs a value of type Bool, not Long
                    if true then true else 5                   ; true
                    if 5 then true else true                   ; this needs a value of type Bool, not Long
                    9223372036854775807 + 1 == 0               ; the result does not fit into 64 bits
                    -9223372036854775808 - 1 == 0              ; the result does not fit into 64 bits
                    -9223372036854775808 - -9223372036854775808 == 0 ; true
                    0 - -9223372036854775808 == 0              ; the result does not fit into 64 bits
                    --9223372036854775808 == 0                 ; the result does not fit into 64 bits
                    4611686018427387904 * 2 == 0               ; the result does not fit into 64 bits
                    -4611686018427387904 * 2 == -9223372036854775808 ; true
                    -1 * -9223372036854775808 == 0             ; the result does not fit into 64 bits
                    3 - 2 - 1 == 0                             ; true
                    -resource.size == -50                      ; true
                    !resource.size                             ; this needs a value of type Bool, not Long
                    """)
    void judge_condition_isAsInCedar(String expression, String expected)
            throws CedarSyntaxException {
        if (expected.equals("true") || expected.equals("false")) {
            assertThat(verdict(expression)).isEqualTo(expected);
        } else {
            assertThat(verdict(expression)).endsWith(": " + expected);
        }
    }

    @Test
    void judge_error_isNamedWithItsPlaceAndTheRestGoesOn() throws CedarSyntaxException {
        Authorizer.Answer answer =
                judge(
                        "permit(principal, action, resource)\nwhen { resource.none == 1 };",
                        "permit(principal, action, resource);");

        assertThat(answer.allowed()).isTrue();
        assertThat(answer.determining()).containsExactly("p1");
        assertThat(answer.errors()).isEqualTo(Map.of("p0", "2:16: there is no attribute \"none\""));
    }

    @Test
    void judge_forbidOverridesPermitAndNothingPermitsByItself() throws CedarSyntaxException {
        assertThat(judge().allowed()).isFalse();
        Authorizer.Answer answer =
                judge(
                        "permit(principal, action, resource);",
                        "forbid(principal, action == Action::\"read\", resource);",
                        "forbid(principal, action == Action::\"write\", resource);");
        assertThat(answer.allowed()).isFalse();
        assertThat(answer.determining()).containsExactly("p1");
    }

    @Test
    void judge_conditionsAfterOneThatFails_areNotLookedAt() throws CedarSyntaxException {
        Authorizer.Answer answer =
                judge(
                        "permit(principal, action, resource) when { false } when { 1 };",
                        "permit(principal, action, resource) unless { true } unless { 1 };",
                        "permit(principal is Tenant, action, resource) when { 1 };");

        assertThat(answer.errors()).isEmpty();
        assertThat(answer.allowed()).isFalse();
    }
}
