package dev.mapsovereign.engine.policy.cedar;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Makes statements at random. Most expressions have the type that their place wants, so that
 * judging gets somewhere; some have another, and some texts have a word too many or too few.
 */
final class CedarTexts {
    private static final int DEPTH = 4;

    private static final List<String> LITERALS =
            List.of(
                    "\"\"",
                    "\"a\"",
                    "\"abc\"",
                    "\"a*c\"",
                    "\"\\u{e9}\"",
                    "\"\\u{1F60_0}b\"",
                    "\"two\nlines\"",
                    "\"two\\nlines\"",
                    "\"\\x61\"",
                    "\"quote\\\"d\\\\\"",
                    "\"\\0\\'\"");

    private static final List<String> PATTERNS =
            List.of(
                    "\"*\"",
                    "\"a*\"",
                    "\"*c\"",
                    "\"a\\*c\"",
                    "\"a*b*c\"",
                    "\"**b*\"",
                    "\"*\\u{e9}\"",
                    "\"a\\u{2a}\"",
                    "\"a\\x2ac\"",
                    "\"\"",
                    "\"*\\\"*\\\\\"");

    private static final List<String> NUMBERS =
            List.of(
                    "0",
                    "1",
                    "2",
                    "3",
                    "007",
                    "-1",
                    "- 2",
                    "9223372036854775807",
                    "-9223372036854775808",
                    "4611686018427387904",
                    "9007199254740991");

    /** For texts that are meant to be wrong, and for some that only look so. */
    private static final List<String> WORDS =
            List.of(
                    "(",
                    ")",
                    "[",
                    "]",
                    "{",
                    "}",
                    ",",
                    ";",
                    ".",
                    "::",
                    "==",
                    "!=",
                    "<",
                    "=",
                    "!",
                    "-",
                    "+",
                    "*",
                    "/",
                    "&&",
                    "||",
                    "in",
                    "has",
                    "is",
                    "like",
                    "if",
                    "then",
                    "else",
                    "true",
                    "principal",
                    "context",
                    "permit",
                    "when",
                    "unless",
                    "Agent",
                    "\"a\"",
                    "1",
                    "ip",
                    "?principal",
                    "@id",
                    "a.b",
                    "__cedar",
                    "// x\n");

    private final RandomGenerator random;
    private final CedarCases cases;

    CedarTexts(RandomGenerator random, CedarCases cases) {
        this.random = random;
        this.cases = cases;
    }

    private String one(String... of) {
        return of[random.nextInt(of.length)];
    }

    /** A statement, right or wrong. */
    String next() {
        String text =
                (cases.chance(10) ? "@id(\"x\") @note " : "")
                        + one("permit", "permit", "forbid")
                        + "("
                        + scope("principal")
                        + ", "
                        + actionScope()
                        + ", "
                        + scope("resource")
                        + ")"
                        + conditions()
                        + ";";
        return cases.chance(15) ? spoiled(text) : text;
    }

    private String scope(String variable) {
        List<EntityUid> own =
                variable.equals("principal") ? CedarCases.AGENTS : CedarCases.OPERATIONS;
        return variable
                + switch (random.nextInt(8)) {
                    case 0 -> " == " + cases.pick(own);
                    case 1 -> " in " + cases.pick(CedarCases.TENANTS);
                    case 2 -> " is " + one("Agent", "Operation", "Org::Tenant");
                    case 3 -> " is Agent in " + cases.pick(CedarCases.TENANTS);
                    default -> "";
                };
    }

    private String actionScope() {
        return "action"
                + switch (random.nextInt(6)) {
                    case 0 -> " == " + cases.pick(CedarCases.ACTIONS);
                    case 1 -> " in " + cases.pick(CedarCases.ACTIONS);
                    case 2 ->
                            " in ["
                                    + cases.pick(CedarCases.ACTIONS)
                                    + ", "
                                    + cases.pick(CedarCases.ACTIONS)
                                    + one("]", ",]");
                    default -> "";
                };
    }

    private String conditions() {
        StringBuilder conditions = new StringBuilder();
        for (int i = random.nextInt(8) / 3; i > 0; i--) {
            conditions
                    .append(one(" when", " when", "\nunless"))
                    .append(" { ")
                    .append(bool(1 + random.nextInt(DEPTH)))
                    .append(" }");
        }
        return conditions.toString();
    }

    /** A word put in, left out, or said twice. */
    private String spoiled(String text) {
        List<String> words = new ArrayList<>(List.of(text.split("(?<=\\W)|(?=\\W)")));
        int at = random.nextInt(words.size());
        switch (random.nextInt(4)) {
            case 0 -> words.remove(at);
            case 1 -> words.add(at, words.get(at));
            case 2 -> words.set(at, cases.pick(WORDS));
            default -> words.add(at, " " + cases.pick(WORDS) + " ");
        }
        return String.join("", words);
    }

    private String any(int depth) {
        return switch (random.nextInt(6)) {
            case 0 -> bool(depth);
            case 1 -> whole(depth);
            case 2 -> text(depth);
            case 3 -> entity(depth);
            case 4 -> set(depth);
            default -> record(depth);
        };
    }

    private boolean other(int depth) {
        return depth > 0 && cases.chance(4);
    }

    /** In parentheses, mostly; without them what binds tighter wins, or the text is wrong. */
    private String wrapped(String expression) {
        return cases.chance(85) ? "(" + expression + ")" : expression;
    }

    private String attribute(String... names) {
        String of =
                switch (random.nextInt(6)) {
                    case 0 -> "principal";
                    case 1 -> "context.rec";
                    case 2 -> cases.pick(CedarCases.AGENTS).toString();
                    case 3 -> "context";
                    default -> "resource";
                };
        String name = one(names);
        boolean word = name.matches("[a-z]+") && !name.equals("if");
        return of + (word && cases.chance(80) ? "." + name : "[\"" + name + "\"]");
    }

    String bool(int depth) {
        if (other(depth)) {
            return any(depth - 1);
        }
        if (depth <= 0) {
            return one("true", "false", attribute("flag"));
        }
        int less = depth - 1;
        return switch (random.nextInt(15)) {
            case 0 -> one("!", "!!", "!!!") + wrapped(bool(less));
            case 1, 2 -> wrapped(bool(less)) + " && " + wrapped(bool(less));
            case 3, 4 ->
                    wrapped(bool(less))
                            + " || "
                            + wrapped(bool(less))
                            + " || "
                            + wrapped(bool(less));
            case 5 -> wrapped(any(less)) + one(" == ", " != ") + wrapped(any(less));
            case 6 -> same(less);
            case 7, 8 ->
                    wrapped(whole(less)) + one(" < ", " <= ", " > ", " >= ") + wrapped(whole(less));
            case 9 ->
                    wrapped(entity(less))
                            + " in "
                            + wrapped(cases.chance(60) ? entity(less) : entities(less));
            case 10 -> has(less);
            case 11 -> wrapped(text(less)) + " like " + cases.pick(PATTERNS);
            case 12 ->
                    wrapped(entity(less))
                            + " is "
                            + one("Agent", "Operation", "Org::Tenant")
                            + (cases.chance(40) ? " in " + wrapped(entity(less)) : "");
            case 13 ->
                    wrapped(set(less))
                            + one(
                                    ".contains(" + any(less) + ")",
                                    ".containsAll(" + set(less) + ",)",
                                    ".containsAny(" + set(less) + ")",
                                    ".isEmpty()");
            default -> "if " + bool(less) + " then " + bool(less) + " else " + bool(less);
        };
    }

    private String same(int depth) {
        return switch (random.nextInt(4)) {
            case 0 -> wrapped(whole(depth)) + " == " + wrapped(whole(depth));
            case 1 -> wrapped(set(depth)) + " == " + wrapped(set(depth));
            case 2 -> wrapped(record(depth)) + " != " + wrapped(record(depth));
            default -> wrapped(entity(depth)) + " == " + wrapped(entity(depth));
        };
    }

    private String has(int depth) {
        String of =
                cases.chance(40)
                        ? "context"
                        : wrapped(cases.chance(70) ? entity(depth) : record(depth));
        return of
                + " has "
                + one("size", "rec", "rec.size", "rec.rec.size", "\"a b\"", "\"if\"", "owner.flag");
    }

    private String whole(int depth) {
        if (other(depth)) {
            return any(depth - 1);
        }
        if (depth <= 0) {
            return cases.chance(50) ? cases.pick(NUMBERS) : attribute("size", "a b");
        }
        int less = depth - 1;
        return switch (random.nextInt(7)) {
            case 0 -> wrapped(whole(less)) + one(" + ", " - ") + wrapped(whole(less));
            case 1 ->
                    wrapped(whole(less))
                            + " - "
                            + wrapped(whole(less))
                            + " + "
                            + wrapped(whole(less));
            case 2 -> wrapped(whole(less)) + " * " + wrapped(whole(less));
            case 3 -> one("-", "--", "---") + wrapped(whole(less));
            case 4 -> "if " + bool(less) + " then " + whole(less) + " else " + whole(less);
            case 5 -> attribute("size", "a b", "frac");
            default -> cases.pick(NUMBERS);
        };
    }

    private String text(int depth) {
        if (other(depth)) {
            return any(depth - 1);
        }
        return cases.chance(50) ? cases.pick(LITERALS) : attribute("name", "if");
    }

    private String entity(int depth) {
        if (other(depth)) {
            return any(depth - 1);
        }
        return switch (random.nextInt(6)) {
            case 0 -> cases.pick(CedarCases.AGENTS).toString();
            case 1 -> cases.pick(CedarCases.TENANTS).toString();
            case 2 -> attribute("owner");
            case 3 -> CedarCases.GHOST.toString();
            default -> one("principal", "resource", "action");
        };
    }

    private String entities(int depth) {
        return "["
                + random.ints(random.nextInt(4), 0, 2)
                        .mapToObj(_ -> cases.chance(15) ? any(1) : entity(depth))
                        .collect(Collectors.joining(", "))
                + "]";
    }

    private String set(int depth) {
        if (other(depth)) {
            return any(depth - 1);
        }
        if (depth <= 0 || cases.chance(40)) {
            return attribute("tags");
        }
        return "["
                + random.ints(random.nextInt(4), 0, 2)
                        .mapToObj(kind -> kind == 0 ? text(depth - 1) : any(depth - 1))
                        .collect(Collectors.joining(", "))
                + "]";
    }

    private String record(int depth) {
        if (other(depth)) {
            return any(depth - 1);
        }
        if (depth <= 0 || cases.chance(40)) {
            return one("context", attribute("rec"));
        }
        return "{size: "
                + any(depth - 1)
                + (cases.chance(50) ? ", \"rec\": " + record(depth - 1) : "")
                + (cases.chance(3) ? ", size: 1" : "")
                + "}";
    }
}
