package dev.mapsovereign.engine.policy.cedar;

import dev.mapsovereign.engine.policy.cedar.Expr.Comparison;
import dev.mapsovereign.engine.policy.cedar.Expr.SetMethod;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads an expression. From loose to tight: {@code if}; {@code ||}; {@code &&}; one of the
 * relations {@code == != < <= > >= in has like is}, of which none can follow another without
 * parentheses; {@code + -}; {@code *}; up to four {@code !} or up to four {@code -}; attributes and
 * methods. Each of these methods is one line of the grammar.
 *
 * <p>Refused by name, although Cedar has them: extension functions and their methods, and entity
 * tags.
 */
final class ExpressionParser {
    private static final int UNARY_MAX = 4;
    private static final String MAGNITUDE_OF_MIN = "9223372036854775808";

    private static final Set<String> EXTENSIONS = Set.of("ip", "decimal", "datetime", "duration");

    private static final Set<String> EXTENSION_METHODS =
            Set.of(
                    "lessThan",
                    "lessThanOrEqual",
                    "greaterThan",
                    "greaterThanOrEqual",
                    "isIpv4",
                    "isIpv6",
                    "isLoopback",
                    "isMulticast",
                    "isInRange",
                    "offset",
                    "durationSince",
                    "toDate",
                    "toTime",
                    "toMilliseconds",
                    "toSeconds",
                    "toMinutes",
                    "toHours",
                    "toDays",
                    "getTag",
                    "hasTag");

    private final Words words;
    private int depth;

    ExpressionParser(Words words) {
        this.words = words;
    }

    /** {@code Expr}. */
    Expr expression() throws CedarSyntaxException {
        Position at = words.position();
        if (++depth > Limits.DEPTH_MAX) {
            throw new CedarSyntaxException(
                    at, "expressions lie at most " + Limits.DEPTH_MAX + " deep in one another");
        }
        Expr read;
        if (words.takeWord("if")) {
            Expr test = expression();
            words.requireWord("then");
            Expr then = expression();
            words.requireWord("else");
            read = new Expr.If(test, then, expression(), at);
        } else {
            read = or();
        }
        depth--;
        return read;
    }

    private Expr or() throws CedarSyntaxException {
        Position at = words.position();
        List<Expr> operands = new ArrayList<>(List.of(and()));
        while (words.take("||")) {
            operands.add(and());
        }
        return operands.size() == 1 ? operands.getFirst() : new Expr.Or(operands, at);
    }

    private Expr and() throws CedarSyntaxException {
        Position at = words.position();
        List<Expr> operands = new ArrayList<>(List.of(relation()));
        while (words.take("&&")) {
            operands.add(relation());
        }
        return operands.size() == 1 ? operands.getFirst() : new Expr.And(operands, at);
    }

    private Expr relation() throws CedarSyntaxException {
        Expr left = sum();
        if (!isRelation(words.peek())) {
            return left;
        }
        Token operator = words.next();
        Expr read = relation(left, operator);
        if (isRelation(words.peek())) {
            throw words.wrong("one comparison cannot follow another without parentheses");
        }
        return read;
    }

    private static boolean isRelation(Token token) {
        return switch (token.kind()) {
            case SIGN -> Set.of("==", "!=", "<", "<=", ">", ">=", "=").contains(token.text());
            case WORD -> Set.of("in", "has", "like", "is").contains(token.text());
            case STRING, NUMBER, END -> false;
        };
    }

    private Expr relation(Expr left, Token operator) throws CedarSyntaxException {
        Position at = operator.position();
        return switch (operator.text()) {
            case "==" -> new Expr.Equal(left, sum(), false, at);
            case "!=" -> new Expr.Equal(left, sum(), true, at);
            case "in" -> new Expr.In(left, sum(), at);
            case "has" -> new Expr.Has(left, hasPath(), at);
            case "like" -> new Expr.Like(left, words.pattern(), at);
            case "is" -> is(left, at);
            case "=" -> throw new CedarSyntaxException(at, "two values are compared by ==");
            default -> compare(left, operator);
        };
    }

    private Expr compare(Expr left, Token operator) throws CedarSyntaxException {
        for (Comparison comparison : Comparison.values()) {
            if (comparison.sign().equals(operator.text())) {
                return new Expr.Compare(comparison, left, sum(), operator.position());
            }
        }
        throw Words.wrong(operator, "a comparison is expected");
    }

    private List<String> hasPath() throws CedarSyntaxException {
        if (words.peek().kind() == Token.Kind.STRING) {
            return List.of(words.string());
        }
        List<String> path = new ArrayList<>(List.of(words.name()));
        while (words.take(".")) {
            requireFewAccesses(path.size());
            path.add(words.name());
        }
        return path;
    }

    private Expr is(Expr left, Position at) throws CedarSyntaxException {
        String type = words.path();
        Optional<Expr> group = words.takeWord("in") ? Optional.of(sum()) : Optional.empty();
        return new Expr.Is(left, type, group, at);
    }

    private Expr sum() throws CedarSyntaxException {
        Position begin = words.position();
        Expr first = product();
        List<Expr.Term> terms = new ArrayList<>();
        while (words.isNext("+") || words.isNext("-")) {
            Token sign = words.next();
            terms.add(new Expr.Term(sign.isSign("-"), product(), sign.position()));
        }
        return terms.isEmpty() ? first : new Expr.Sum(first, terms, begin);
    }

    private Expr product() throws CedarSyntaxException {
        Position at = words.position();
        List<Expr> factors = new ArrayList<>(List.of(unary()));
        while (words.take("*")) {
            factors.add(unary());
        }
        if (words.isNext("/") || words.isNext("%")) {
            throw words.wrong("Cedar does not divide");
        }
        return factors.size() == 1 ? factors.getFirst() : new Expr.Product(factors, at);
    }

    private Expr unary() throws CedarSyntaxException {
        Position at = words.position();
        if (!words.isNext("!") && !words.isNext("-")) {
            return member();
        }
        String sign = words.peek().text();
        int count = 0;
        while (words.take(sign)) {
            count++;
        }
        if (count > UNARY_MAX) {
            throw new CedarSyntaxException(
                    at, "at most " + UNARY_MAX + " " + sign + " can follow one another");
        }
        if (sign.equals("!")) {
            Expr read = member();
            for (int i = 0; i < count; i++) {
                read = new Expr.Not(read, at);
            }
            return read;
        }
        return negated(count, at);
    }

    /** The last minus before a number belongs to it, so that the least number can be written. */
    private Expr negated(int count, Position at) throws CedarSyntaxException {
        int rest = count;
        Expr read;
        if (words.peek().kind() == Token.Kind.NUMBER && isLastOfMember()) {
            read = new Expr.Literal(new Value.Whole(number(words.next(), true)), at);
            rest--;
        } else {
            read = member();
        }
        for (int i = 0; i < rest; i++) {
            read = new Expr.Negate(read, at);
        }
        return read;
    }

    private boolean isLastOfMember() {
        Token after = words.afterNext();
        return !after.isSign(".") && !after.isSign("[") && !after.isSign("(");
    }

    private static long number(Token token, boolean negative) throws CedarSyntaxException {
        String digits = token.text().replaceFirst("^0+(?=.)", "");
        try {
            return Long.parseLong((negative ? "-" : "") + digits);
        } catch (NumberFormatException e) {
            throw new CedarSyntaxException(
                    token.position(),
                    "the number "
                            + token.shown()
                            + " does not fit into 64 bits"
                            + (digits.equals(MAGNITUDE_OF_MIN) ? " without a minus" : ""));
        }
    }

    private Expr member() throws CedarSyntaxException {
        Expr read = primary();
        for (int accesses = 1; ; accesses++) {
            Position at = words.position();
            if (words.take(".")) {
                String name = words.name();
                read =
                        words.take("(")
                                ? method(read, name, at)
                                : new Expr.Attribute(read, name, at);
            } else if (words.take("[")) {
                read = new Expr.Attribute(read, words.string(), at);
                words.require("]");
            } else if (words.isNext("(")) {
                throw words.wrong("only functions and methods can be called");
            } else {
                return read;
            }
            requireFewAccesses(accesses);
        }
    }

    private void requireFewAccesses(int accesses) throws CedarSyntaxException {
        if (accesses > Limits.ACCESSES_MAX) {
            throw words.wrong(
                    "at most " + Limits.ACCESSES_MAX + " attributes can follow one another");
        }
    }

    private Expr method(Expr target, String name, Position at) throws CedarSyntaxException {
        List<Expr> arguments = list(")");
        if (name.equals("isEmpty")) {
            requireArguments(name, arguments, 0, at);
            return new Expr.IsEmpty(target, at);
        }
        for (SetMethod method : SetMethod.values()) {
            if (method.word().equals(name)) {
                requireArguments(name, arguments, 1, at);
                return new Expr.OfSet(method, target, arguments.getFirst(), at);
            }
        }
        throw new CedarSyntaxException(
                at,
                EXTENSION_METHODS.contains(name)
                        ? "the method " + name + " is not in this subset of Cedar"
                        : "there is no method " + name);
    }

    private static void requireArguments(String name, List<Expr> arguments, int wanted, Position at)
            throws CedarSyntaxException {
        if (arguments.size() != wanted) {
            throw new CedarSyntaxException(
                    at, name + " takes " + wanted + " arguments, not " + arguments.size());
        }
    }

    private Expr primary() throws CedarSyntaxException {
        Token token = words.peek();
        return switch (token.kind()) {
            case NUMBER ->
                    new Expr.Literal(
                            new Value.Whole(number(words.next(), false)), token.position());
            case STRING -> new Expr.Literal(new Value.Text(words.string()), token.position());
            case WORD -> word(token);
            case SIGN, END -> bracketed(token);
        };
    }

    private Expr bracketed(Token token) throws CedarSyntaxException {
        Position at = token.position();
        if (words.take("(")) {
            Expr read = expression();
            words.require(")");
            return read;
        }
        if (words.take("[")) {
            return new Expr.MakeSet(list("]"), at);
        }
        if (words.take("{")) {
            return new Expr.MakeRecord(members(), at);
        }
        if (token.isSign("?")) {
            throw words.wrong("templates are not in this subset: an expression is expected");
        }
        throw words.wrong("an expression is expected");
    }

    private Expr word(Token token) throws CedarSyntaxException {
        Position at = token.position();
        if (words.takeWord("true")) {
            return new Expr.Literal(Value.Bool.TRUE, at);
        }
        if (words.takeWord("false")) {
            return new Expr.Literal(Value.Bool.FALSE, at);
        }
        String path = words.path();
        if (words.isNext("::")) {
            return new Expr.Literal(new Value.Entity(words.entity(path)), at);
        }
        Optional<Expr.Name> variable = Expr.Name.of(path);
        if (variable.isPresent()) {
            return new Expr.Variable(variable.get(), at);
        }
        if (!words.isNext("(")) {
            throw new CedarSyntaxException(
                    at,
                    path
                            + " means nothing here: there are principal, action, resource and"
                            + " context, and strings stand in quotes");
        }
        throw new CedarSyntaxException(
                at,
                EXTENSIONS.contains(path)
                        ? "the function " + path + " is not in this subset of Cedar"
                        : "there is no function " + path);
    }

    /** Expressions up to {@code end}; a comma may follow the last. */
    private List<Expr> list(String end) throws CedarSyntaxException {
        List<Expr> elements = new ArrayList<>();
        while (!words.take(end)) {
            elements.add(expression());
            if (!words.take(",")) {
                words.require(end);
                break;
            }
        }
        return elements;
    }

    private Map<String, Expr> members() throws CedarSyntaxException {
        Map<String, Expr> members = new LinkedHashMap<>();
        while (!words.take("}")) {
            Position at = words.position();
            String name = words.peek().kind() == Token.Kind.STRING ? words.string() : words.name();
            words.require(":");
            if (members.put(name, expression()) != null) {
                throw new CedarSyntaxException(
                        at, "the member " + Strings.quoted(name) + " is there twice");
            }
            if (!words.take(",")) {
                words.require("}");
                break;
            }
        }
        return members;
    }
}
