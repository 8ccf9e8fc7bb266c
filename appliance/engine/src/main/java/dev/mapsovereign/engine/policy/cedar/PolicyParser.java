package dev.mapsovereign.engine.policy.cedar;

import dev.mapsovereign.engine.policy.cedar.Statement.Effect;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a policy's text: one or more statements. Of what Cedar takes it refuses, by name, templates
 * ({@code ?principal}) and what {@link ExpressionParser} refuses.
 */
public final class PolicyParser {
    private final Words words;
    private final ExpressionParser expressions;

    private PolicyParser(Words words) {
        this.words = words;
        expressions = new ExpressionParser(words);
    }

    /**
     * Reads all statements of {@code text}.
     *
     * @return at least one, in their order
     * @throws CedarSyntaxException naming the first place that is wrong
     */
    public static List<Statement> parse(String text) throws CedarSyntaxException {
        return new PolicyParser(new Words(Tokenizer.tokens(text))).statements();
    }

    private List<Statement> statements() throws CedarSyntaxException {
        List<Statement> statements = new ArrayList<>();
        do {
            if (statements.size() == Limits.STATEMENTS_MAX) {
                throw words.wrong("one text has at most " + Limits.STATEMENTS_MAX + " statements");
            }
            statements.add(statement());
        } while (!words.atEnd());
        return statements;
    }

    private Statement statement() throws CedarSyntaxException {
        Map<String, String> annotations = annotations();
        Position at = words.position();
        Effect effect = effect();
        words.require("(");
        final Scope principal = entityScope("principal");
        words.require(",");
        final Scope action = actionScope();
        words.require(",");
        final Scope resource = entityScope("resource");
        words.take(",");
        words.require(")");
        List<Statement.Condition> conditions = new ArrayList<>();
        while (!words.take(";")) {
            conditions.add(condition());
        }
        return new Statement(effect, annotations, principal, action, resource, conditions, at);
    }

    private Map<String, String> annotations() throws CedarSyntaxException {
        Map<String, String> annotations = new LinkedHashMap<>();
        while (words.take("@")) {
            Token name = words.next();
            if (name.kind() != Token.Kind.WORD) {
                throw Words.wrong(name, "the name of an annotation is expected");
            }
            String value = "";
            if (words.take("(")) {
                value = words.string();
                words.require(")");
            }
            if (annotations.put(name.text(), value) != null) {
                throw new CedarSyntaxException(
                        name.position(), "the annotation @" + name.text() + " is there twice");
            }
        }
        return annotations;
    }

    private Effect effect() throws CedarSyntaxException {
        Token word = words.next();
        for (Effect effect : Effect.values()) {
            if (word.isWord(effect.word())) {
                return effect;
            }
        }
        throw Words.wrong(word, "permit or forbid is expected");
    }

    private Scope entityScope(String variable) throws CedarSyntaxException {
        words.requireWord(variable);
        if (words.takeWord("is")) {
            String type = words.path();
            if (words.isNext("==")) {
                throw words.wrong("is cannot stand beside ==");
            }
            return words.takeWord("in") ? new Scope.IsIn(type, group()) : new Scope.Is(type);
        }
        if (words.takeWord("in")) {
            return new Scope.In(List.of(group()));
        }
        return words.take("==") ? new Scope.Equal(group()) : any(variable);
    }

    private Scope actionScope() throws CedarSyntaxException {
        words.requireWord("action");
        if (words.isNextWord("is")) {
            throw words.wrong("an action is named by == or in");
        }
        if (words.take("==")) {
            return new Scope.Equal(action());
        }
        if (!words.takeWord("in")) {
            return any("action");
        }
        if (!words.take("[")) {
            return new Scope.In(List.of(action()));
        }
        List<EntityUid> actions = new ArrayList<>();
        do {
            actions.add(action());
        } while (words.take(",") && !words.isNext("]"));
        words.require("]");
        return new Scope.In(actions);
    }

    private Scope any(String variable) throws CedarSyntaxException {
        if (words.isNext(",") || words.isNext(")")) {
            return new Scope.Any();
        }
        throw words.wrong(
                "after "
                        + variable
                        + " one of ==, in"
                        + (variable.equals("action") ? "" : ", is")
                        + " or a comma is expected");
    }

    private EntityUid group() throws CedarSyntaxException {
        if (words.isNext("?")) {
            throw words.wrong("templates are not in this subset: name an entity");
        }
        return words.entity();
    }

    private EntityUid action() throws CedarSyntaxException {
        Position at = words.position();
        EntityUid uid = words.entity();
        if (!uid.type().equals("Action") && !uid.type().endsWith("::Action")) {
            throw new CedarSyntaxException(at, uid + " is no action: its type must be Action");
        }
        return uid;
    }

    private Statement.Condition condition() throws CedarSyntaxException {
        boolean unless = words.isNextWord("unless");
        if (!unless && !words.isNextWord("when")) {
            throw words.wrong("when, unless or ; is expected");
        }
        words.next();
        words.require("{");
        if (words.isNext("}")) {
            throw words.wrong("the condition is empty");
        }
        Expr expression = expressions.expression();
        words.require("}");
        return new Statement.Condition(unless, expression);
    }
}
