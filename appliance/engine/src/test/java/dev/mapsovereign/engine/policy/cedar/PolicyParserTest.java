package dev.mapsovereign.engine.policy.cedar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyParserTest {
    private static final String EXAMPLE =
            "permit (principal, action == Action::\"map.market.execute_trade\", resource)"
                    + " when { resource.size_usd < 100000 };";

    private static Statement one(String text) throws CedarSyntaxException {
        List<Statement> statements = PolicyParser.parse(text);
        assertThat(statements).hasSize(1);
        return statements.getFirst();
    }

    private static String when(String expression) {
        return "permit(principal, action, resource) when { " + expression + " };";
    }

    @Test
    void parse_exampleOfTheProtocol_isReadWhole() throws CedarSyntaxException {
        Statement statement = one(EXAMPLE);

        assertThat(statement.effect()).isEqualTo(Statement.Effect.PERMIT);
        assertThat(statement.principal()).isEqualTo(new Scope.Any());
        assertThat(statement.action())
                .isEqualTo(new Scope.Equal(new EntityUid("Action", "map.market.execute_trade")));
        assertThat(statement.conditions()).hasSize(1);
        assertThat(statement.conditions().getFirst().expression()).isInstanceOf(Expr.Compare.class);
    }

    @Test
    void parse_annotationsScopesAndSeveralConditions_areKept() throws CedarSyntaxException {
        Statement statement =
                one(
                        """
                        // who may not
                        @id("night") @note
                        forbid (
                            principal is Agent in Tenant::"acme",
                            action in [Action::"a", Map::Action::"b",],
                            resource == Operation::"x\\u{e9}",
                        )
                        when { true } unless { false } when { context.a };
                        """);

        assertThat(statement.annotations()).isEqualTo(Map.of("id", "night", "note", ""));
        assertThat(statement.principal())
                .isEqualTo(new Scope.IsIn("Agent", new EntityUid("Tenant", "acme")));
        assertThat(statement.action())
                .isEqualTo(
                        new Scope.In(
                                List.of(
                                        new EntityUid("Action", "a"),
                                        new EntityUid("Map::Action", "b"))));
        assertThat(statement.resource())
                .isEqualTo(new Scope.Equal(new EntityUid("Operation", "xé")));
        assertThat(statement.conditions())
                .extracting(Statement.Condition::unless)
                .containsExactly(false, true, false);
        assertThat(statement.at()).isEqualTo(new Position(3, 1));
    }

    @Test
    void parse_severalStatements_areInOrder() throws CedarSyntaxException {
        assertThat(PolicyParser.parse(EXAMPLE + "\nforbid(principal, action, resource);"))
                .extracting(Statement::effect)
                .containsExactly(Statement.Effect.PERMIT, Statement.Effect.FORBID);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1 + 2 * -3 - 4 == 0",
                "!!!!true",
                "----5 == 5",
                "-9223372036854775808 < 9223372036854775807",
                "007 == 7",
                "principal.permit.when.principal == context[\"if\"]",
                "context has \"if\" && context has a.b.in_",
                "principal is Map::Agent in resource",
                "if true then false else if true then 1 == 1 else false",
                "[].isEmpty() || [1, 2,].containsAny([]) || {a: 1, \"b c\": {},} == {}",
                "\"a*\" like \"*\\*\"",
                "Agent::\"x\".a[\"b\"].c",
                "permit::\"x\" == principal::\"x\"",
                "\"\\n\\r\\t\\0\\\\\\\"\\'\\x7f\\u{1F600}\" == \"\""
            })
    void parse_whatCedarTakes_isTaken(String expression) throws CedarSyntaxException {
        assertThat(one(when(expression)).conditions()).hasSize(1);
    }

    @Test
    void parse_operators_bindAsInCedar() throws CedarSyntaxException {
        Expr read =
                one(when("true || false && 1 + 2 * 3 == 7")).conditions().getFirst().expression();

        assertThat(read).isInstanceOf(Expr.Or.class);
        Expr right = ((Expr.Or) read).operands().get(1);
        assertThat(right).isInstanceOf(Expr.And.class);
        Expr.Equal equal = (Expr.Equal) ((Expr.And) right).operands().get(1);
        assertThat(((Expr.Sum) equal.left()).terms().getFirst().value())
                .isInstanceOf(Expr.Product.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ''                                              | 1:1: permit or forbid is expected, not the end of the text
                    allow (principal, action, resource);            | 1:1: permit or forbid is expected, not allow
                    permit (action, principal, resource);           | 1:9: principal is expected, not action
                    permit (principal, action);                     | 1:26: , is expected, not )
                    permit (principal, action, resource)            | 1:37: when, unless or ; is expected, not the end of the text
                    permit (principal, action, resource, context);  | 1:38: ) is expected, not context
                    permit (principal: Agent, action, resource);    | 1:18: after principal one of ==, in, is or a comma is expected, not :
                    permit (principal == ?principal, action, resource); | 1:22: templates are not in this subset: name an entity, not ?
                    permit (principal is A == A::"x", action, resource); | 1:24: is cannot stand beside ==, not ==
                    permit (principal, action is A, resource);      | 1:27: an action is named by == or in, not is
                    permit (principal, action == A::"x", resource); | 1:30: A::"x" is no action: its type must be Action
                    permit (principal, action in [], resource);     | 1:31: an entity such as Tenant::"acme" is expected, not ]
                    permit (principal, action, resource) when {};   | 1:44: the condition is empty, not }
                    permit (principal, action, resource) where {1}; | 1:38: when, unless or ; is expected, not where
                    @id("a") @id("b") permit (principal, action, resource); | 1:11: the annotation @id is there twice
                    permit (principal in, action, resource);        | 1:21: an entity such as Tenant::"acme" is expected, not ,
                    permit (principal = A::"x", action, resource);  | 1:19: after principal one of ==, in, is or a comma is expected, not =
                    #permit (principal, action, resource);          | 1:1: # has no meaning outside a string
                    """)
    void parse_statementThatIsNone_isRefusedWithItsPlace(String text, String message) {
        assertThatThrownBy(() -> PolicyParser.parse(text))
                .isInstanceOf(CedarSyntaxException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    1 < 2 < 3              | one comparison cannot follow another
                    1 = 1                  | two values are compared by ==
                    6 / 2 == 3             | Cedar does not divide
                    6 % 2 == 0             | Cedar does not divide
                    !!!!!true              | at most 4 ! can follow one another
                    -----1 == 1            | at most 4 - can follow one another
                    !-1 == 1               | an expression is expected, not -
                    9223372036854775808 > 0 | does not fit into 64 bits without a minus
                    99999999999999999999 > 0 | does not fit into 64 bits
                    ip("10.0.0.1").isIpv4() | the function ip is not in this subset of Cedar
                    context.a.lessThan(1)  | the method lessThan is not in this subset of Cedar
                    principal.hasTag("a")  | the method hasTag is not in this subset of Cedar
                    context.a.size()       | there is no method size
                    now() == 1             | there is no function now
                    [1].contains()         | contains takes 1 arguments, not 0
                    [1].isEmpty(1)         | isEmpty takes 0 arguments, not 1
                    foo == 1               | foo means nothing here
                    foo.bar == 1           | foo means nothing here
                    principal.in == 1      | in is reserved
                    context.__cedar        | __cedar is reserved
                    {if: 1} == {}          | if is reserved
                    {a: 1, "a": 2} == {}   | the member "a" is there twice
                    context["a" + "b"]     | ] is expected, not +
                    context[1]             | a string is expected, not 1
                    "a" like context.p     | like takes a pattern in quotes, not context
                    context has 1          | a name is expected, not 1
                    principal is "Agent"   | a name is expected, not the string "Agent"
                    ?principal == 1        | templates are not in this subset
                    "\\q" == ""            | \\q is no escape in a string
                    "a\\*" == ""           | \\* is no escape in a string
                    "\\x80" == ""          | \\x takes two hex digits from 00 to 7f
                    "\\u{d800}" == ""      | \\u takes one to six hex digits
                    "\\u{1234567}" == ""   | \\u takes one to six hex digits
                    "\\u{}" == ""          | \\u takes one to six hex digits
                    "abc == ""             | this string is not ended by a "
                    true & true            | & has no meaning outside a string
                    1 + == 2               | an expression is expected, not ==
                    if true then 1         | else is expected, not }
                    (1 == 1                | ) is expected, not }
                    context(1)             | only functions and methods can be called
                    é == 1                 | the character U+00E9 has no meaning outside a string
                    """)
    void parse_expressionThatIsNone_isRefusedByName(String expression, String message) {
        assertThatThrownBy(() -> PolicyParser.parse(when(expression)))
                .isInstanceOf(CedarSyntaxException.class)
                .hasMessageContaining(message);
    }

    @Test
    void parse_carriageReturnInString_isRefused() {
        assertThatThrownBy(() -> PolicyParser.parse(when("\"a\rb\" == \"\"")))
                .hasMessageContaining("a carriage return in a string is written");
    }

    @Test
    void parse_errorOnALaterLine_namesLineAndColumn() {
        assertThatThrownBy(() ->
                        PolicyParser.parse(
                                """
                                permit (principal, action, resource)
                                when {
                                  "two
                                lines" == foo
                                };
                                """))
                .isInstanceOfSatisfying(
                        CedarSyntaxException.class,
                        e -> assertThat(e.position()).isEqualTo(new Position(4, 11)));
    }

    @Test
    void parse_atTheBounds_isTakenAndBeyondRefused() throws CedarSyntaxException {
        int deep = Limits.DEPTH_MAX - 1;
        one(when("(".repeat(deep) + "true" + ")".repeat(deep)));
        assertThatThrownBy(() -> one(when("(".repeat(deep + 1) + "true" + ")".repeat(deep + 1))))
                .hasMessageContaining("expressions lie at most 64 deep");
        one(when("context" + ".a".repeat(Limits.ACCESSES_MAX)));
        assertThatThrownBy(() -> one(when("context" + ".a".repeat(Limits.ACCESSES_MAX + 1))))
                .hasMessageContaining("at most 32 attributes can follow one another");
        one(when("true" + " && true".repeat(5_000)));
        one(when("1" + " + 1".repeat(5_000) + " == 1" + " * 1".repeat(5_000)));
        String statement = "permit(principal, action, resource);";
        assertThat(PolicyParser.parse(statement.repeat(Limits.STATEMENTS_MAX)))
                .hasSize(Limits.STATEMENTS_MAX);
        assertThatThrownBy(() -> PolicyParser.parse(statement.repeat(Limits.STATEMENTS_MAX + 1)))
                .hasMessageContaining("one text has at most 100 statements");
        assertThatThrownBy(() -> PolicyParser.parse(" ".repeat(Limits.TEXT_CHARACTERS_MAX + 1)))
                .hasMessageContaining("a policy has at most 65536 characters");
    }
}
