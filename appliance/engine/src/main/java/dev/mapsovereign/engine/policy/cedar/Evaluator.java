package dev.mapsovereign.engine.policy.cedar;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Works out conditions for one request. {@code &&}, {@code ||}, {@code if} and {@code is … in} look
 * at their right side only where the left one leaves it open; everything else looks at both sides
 * first. Nothing is converted: a value of another type than the operator takes is an error, but for
 * {@code ==}, to which values of different types are different. For one thread.
 */
final class Evaluator {
    private final Request request;
    private final Entities entities;

    Evaluator(Request request) {
        this.request = request;
        entities = request.entities();
    }

    /** Whether the statement's head means this request and all its conditions are met. */
    boolean applies(Statement statement) throws CedarErrorException {
        if (!statement.principal().matches(request.principal(), entities)
                || !statement.action().matches(request.action(), entities)
                || !statement.resource().matches(request.resource(), entities)) {
            return false;
        }
        for (Statement.Condition condition : statement.conditions()) {
            if (truth(condition.expression()) == condition.unless()) {
                return false;
            }
        }
        return true;
    }

    private Value value(Expr expr) throws CedarErrorException {
        return switch (expr) {
            case Expr.Literal(Value value, _) -> value;
            case Expr.Variable(Expr.Name name, _) -> variable(name);
            case Expr.If(Expr test, Expr then, Expr otherwise, _) ->
                    value(truth(test) ? then : otherwise);
            case Expr.And(List<Expr> operands, _) -> row(operands, false);
            case Expr.Or(List<Expr> operands, _) -> row(operands, true);
            case Expr.Not(Expr operand, _) -> Value.Bool.of(!truth(operand));
            case Expr.Negate(Expr operand, Position at) -> negated(whole(operand), at);
            case Expr.Equal(Expr left, Expr right, boolean negated, _) ->
                    Value.Bool.of(value(left).equals(value(right)) != negated);
            case Expr.Compare(Expr.Comparison how, Expr left, Expr right, Position at) ->
                    compared(how, value(left), value(right), at);
            case Expr.In(Expr entity, Expr group, Position at) ->
                    Value.Bool.of(in(value(entity), value(group), at));
            case Expr.Sum(Expr first, List<Expr.Term> terms, _) -> sum(whole(first), terms);
            case Expr.Product(List<Expr> factors, Position at) -> product(factors, at);
            case Expr.Attribute(Expr target, String name, Position at) ->
                    attribute(value(target), name, at);
            case Expr.Has(Expr target, List<String> path, Position at) ->
                    Value.Bool.of(has(value(target), path, at));
            case Expr.Like(Expr target, Wildcard pattern, _) ->
                    Value.Bool.of(pattern.matches(text(target)));
            case Expr.Is(Expr target, String type, Optional<Expr> group, Position at) ->
                    Value.Bool.of(is(entity(value(target), at), type, group, at));
            case Expr.OfSet(Expr.SetMethod method, Expr set, Expr argument, Position at) ->
                    Value.Bool.of(ofSet(method, value(set), value(argument), at));
            case Expr.IsEmpty(Expr set, Position at) ->
                    Value.Bool.of(set(value(set), at).values().isEmpty());
            case Expr.MakeSet(List<Expr> elements, _) -> madeSet(elements);
            case Expr.MakeRecord(Map<String, Expr> members, _) -> madeRecord(members);
        };
    }

    private Value variable(Expr.Name name) {
        return switch (name) {
            case PRINCIPAL -> new Value.Entity(request.principal());
            case ACTION -> new Value.Entity(request.action());
            case RESOURCE -> new Value.Entity(request.resource());
            case CONTEXT -> request.context().get();
        };
    }

    private boolean truth(Expr expr) throws CedarErrorException {
        Value value = value(expr);
        if (value instanceof Value.Bool(boolean truth)) {
            return truth;
        }
        throw wrong("Bool", value, expr.at());
    }

    private long whole(Expr expr) throws CedarErrorException {
        return whole(value(expr), expr.at());
    }

    private static long whole(Value value, Position at) throws CedarErrorException {
        if (value instanceof Value.Whole(long whole)) {
            return whole;
        }
        throw wrong("Long", value, at);
    }

    private String text(Expr expr) throws CedarErrorException {
        Value value = value(expr);
        if (value instanceof Value.Text(String text)) {
            return text;
        }
        throw wrong("String", value, expr.at());
    }

    private static EntityUid entity(Value value, Position at) throws CedarErrorException {
        if (value instanceof Value.Entity(EntityUid uid)) {
            return uid;
        }
        throw wrong("entity", value, at);
    }

    private static Value.SetOf set(Value value, Position at) throws CedarErrorException {
        if (value instanceof Value.SetOf set) {
            return set;
        }
        throw wrong("Set", value, at);
    }

    private static CedarErrorException wrong(String wanted, Value value, Position at) {
        return new CedarErrorException(
                at, "this needs a value of type " + wanted + ", not " + value.typeName());
    }

    /** The first operand that is {@code decisive} decides; otherwise it is the opposite. */
    private Value row(List<Expr> operands, boolean decisive) throws CedarErrorException {
        for (Expr operand : operands) {
            if (truth(operand) == decisive) {
                return Value.Bool.of(decisive);
            }
        }
        return Value.Bool.of(!decisive);
    }

    private static CedarErrorException beyond(Position at) {
        return new CedarErrorException(at, "the result does not fit into 64 bits");
    }

    private static Value negated(long value, Position at) throws CedarErrorException {
        if (value == Long.MIN_VALUE) {
            throw beyond(at);
        }
        return new Value.Whole(-value);
    }

    private Value sum(long first, List<Expr.Term> terms) throws CedarErrorException {
        long sum = first;
        for (Expr.Term term : terms) {
            long value = whole(term.value());
            long result = term.minus() ? sum - value : sum + value;
            // The sign of a sum differs from both operands' where it overflowed; of a difference,
            // from the first where that differs from the second.
            boolean overflowed =
                    term.minus()
                            ? ((sum ^ value) & (sum ^ result)) < 0
                            : ((sum ^ result) & (value ^ result)) < 0;
            if (overflowed) {
                throw beyond(term.at());
            }
            sum = result;
        }
        return new Value.Whole(sum);
    }

    private Value product(List<Expr> factors, Position at) throws CedarErrorException {
        long product = whole(factors.getFirst());
        for (Expr factor : factors.subList(1, factors.size())) {
            long value = whole(factor);
            long low = product * value;
            if (Math.multiplyHigh(product, value) != low >> 63) {
                throw beyond(at);
            }
            product = low;
        }
        return new Value.Whole(product);
    }

    private static Value compared(Expr.Comparison how, Value left, Value right, Position at)
            throws CedarErrorException {
        int order = Long.compare(whole(left, at), whole(right, at));
        return Value.Bool.of(
                switch (how) {
                    case LESS -> order < 0;
                    case LESS_OR_EQUAL -> order <= 0;
                    case GREATER -> order > 0;
                    case GREATER_OR_EQUAL -> order >= 0;
                });
    }

    private boolean in(Value left, Value right, Position at) throws CedarErrorException {
        EntityUid uid = entity(left, at);
        if (right instanceof Value.Entity(EntityUid group)) {
            return entities.isIn(uid, group);
        }
        if (!(right instanceof Value.SetOf(List<Value> groups))) {
            throw wrong("entity or Set", right, at);
        }
        boolean found = false;
        for (Value group : groups) {
            // No end at the first that fits: a later one that is no entity is an error.
            found |= entities.isIn(uid, entity(group, at));
        }
        return found;
    }

    private boolean is(EntityUid uid, String type, Optional<Expr> group, Position at)
            throws CedarErrorException {
        if (!uid.type().equals(type)) {
            return false;
        }
        return group.isEmpty() || in(new Value.Entity(uid), value(group.get()), at);
    }

    private Value attribute(Value target, String name, Position at) throws CedarErrorException {
        if (target instanceof Value.Entity(EntityUid uid) && entities.find(uid).isEmpty()) {
            throw new CedarErrorException(at, "nothing is known of the entity " + uid);
        }
        Optional<Value> found = find(target, name, at);
        if (found.isEmpty()) {
            throw new CedarErrorException(at, "there is no attribute " + Strings.quoted(name));
        }
        if (found.get() instanceof Value.Oversize) {
            throw new CedarErrorException(
                    at, "the attribute " + Strings.quoted(name) + " is too large to be looked at");
        }
        return found.get();
    }

    private boolean has(Value target, List<String> path, Position at) throws CedarErrorException {
        Optional<Value> found = Optional.of(target);
        for (String name : path) {
            found = find(found.get(), name, at);
            if (found.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private Optional<Value> find(Value target, String name, Position at)
            throws CedarErrorException {
        return switch (target) {
            case Value.RecordOf(var members) -> Optional.ofNullable(members.get(name));
            case Value.Entity(EntityUid uid) ->
                    entities.find(uid).flatMap(known -> known.attributes().get(name));
            default -> throw wrong("Record or entity", target, at);
        };
    }

    private static boolean ofSet(Expr.SetMethod method, Value target, Value argument, Position at)
            throws CedarErrorException {
        Value.SetOf set = set(target, at);
        return switch (method) {
            case CONTAINS -> set.contains(argument);
            case CONTAINS_ALL -> set(argument, at).values().stream().allMatch(set::contains);
            case CONTAINS_ANY -> set(argument, at).values().stream().anyMatch(set::contains);
        };
    }

    private Value madeSet(List<Expr> elements) throws CedarErrorException {
        List<Value> values = new ArrayList<>(elements.size());
        for (Expr element : elements) {
            values.add(value(element));
        }
        return Value.SetOf.of(values);
    }

    private Value madeRecord(Map<String, Expr> members) throws CedarErrorException {
        Map<String, Value> values = new TreeMap<>();
        for (Map.Entry<String, Expr> member : members.entrySet()) {
            values.put(member.getKey(), value(member.getValue()));
        }
        return new Value.RecordOf(values);
    }
}
