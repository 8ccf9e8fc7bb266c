package dev.mapsovereign.engine.policy.cedar;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** An expression of a condition, as it was read. Rows of one operator are lists, not trees. */
public sealed interface Expr {
    /** Where it begins, or its operator stands. */
    Position at();

    /** The four variables of a request. */
    enum Name {
        PRINCIPAL("principal"),
        ACTION("action"),
        RESOURCE("resource"),
        CONTEXT("context");

        private final String word;

        Name(String word) {
            this.word = word;
        }

        /** As it is written. */
        public String word() {
            return word;
        }

        static Optional<Name> of(String word) {
            for (Name name : values()) {
                if (name.word.equals(word)) {
                    return Optional.of(name);
                }
            }
            return Optional.empty();
        }
    }

    /** The operators that compare two whole numbers. */
    enum Comparison {
        LESS("<"),
        LESS_OR_EQUAL("<="),
        GREATER(">"),
        GREATER_OR_EQUAL(">=");

        private final String sign;

        Comparison(String sign) {
            this.sign = sign;
        }

        String sign() {
            return sign;
        }
    }

    /** The methods of sets that take one argument. */
    enum SetMethod {
        CONTAINS("contains"),
        CONTAINS_ALL("containsAll"),
        CONTAINS_ANY("containsAny");

        private final String word;

        SetMethod(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /** A literal. */
    record Literal(Value value, Position at) implements Expr {}

    /** A variable. */
    record Variable(Name name, Position at) implements Expr {}

    /** {@code if … then … else …}. */
    record If(Expr test, Expr then, Expr otherwise, Position at) implements Expr {}

    /** {@code … && …}, two or more. */
    record And(List<Expr> operands, Position at) implements Expr {
        public And {
            operands = List.copyOf(operands);
        }
    }

    /** {@code … || …}, two or more. */
    record Or(List<Expr> operands, Position at) implements Expr {
        public Or {
            operands = List.copyOf(operands);
        }
    }

    /** {@code !…}. */
    record Not(Expr operand, Position at) implements Expr {}

    /** {@code -…}. */
    record Negate(Expr operand, Position at) implements Expr {}

    /** {@code ==}, or {@code !=} where {@code negated}. */
    record Equal(Expr left, Expr right, boolean negated, Position at) implements Expr {}

    /** {@code <} and its like. */
    record Compare(Comparison how, Expr left, Expr right, Position at) implements Expr {}

    /** {@code … in …}. */
    record In(Expr entity, Expr group, Position at) implements Expr {}

    /** {@code + -} in a row. */
    record Sum(Expr first, List<Term> terms, Position at) implements Expr {
        public Sum {
            terms = List.copyOf(terms);
        }
    }

    /** One more of a sum. */
    record Term(boolean minus, Expr value, Position at) {}

    /** {@code *} in a row. */
    record Product(List<Expr> factors, Position at) implements Expr {
        public Product {
            factors = List.copyOf(factors);
        }
    }

    /** {@code ….name} or {@code …["name"]}. */
    record Attribute(Expr target, String name, Position at) implements Expr {}

    /** {@code … has a}, {@code … has a.b.c}. */
    record Has(Expr target, List<String> path, Position at) implements Expr {
        public Has {
            path = List.copyOf(path);
        }
    }

    /** {@code … like "…"}. */
    record Like(Expr target, Wildcard pattern, Position at) implements Expr {}

    /** {@code … is Type}, {@code … is Type in …}. */
    record Is(Expr target, String type, Optional<Expr> in, Position at) implements Expr {}

    /** {@code ….contains(…)} and its like. */
    record OfSet(SetMethod method, Expr set, Expr argument, Position at) implements Expr {}

    /** {@code ….isEmpty()}. */
    record IsEmpty(Expr set, Position at) implements Expr {}

    /** {@code […]}. */
    record MakeSet(List<Expr> elements, Position at) implements Expr {
        public MakeSet {
            elements = List.copyOf(elements);
        }
    }

    /** {@code {…}}. */
    record MakeRecord(Map<String, Expr> members, Position at) implements Expr {
        public MakeRecord {
            members = Map.copyOf(members);
        }
    }

    /** Shows it and everything inside it to {@code visitor}. */
    default void walk(Consumer<Expr> visitor) {
        visitor.accept(this);
        switch (this) {
            case Literal _, Variable _ -> {}
            case If(Expr test, Expr then, Expr otherwise, _) -> {
                test.walk(visitor);
                then.walk(visitor);
                otherwise.walk(visitor);
            }
            case And(List<Expr> operands, _) -> operands.forEach(each -> each.walk(visitor));
            case Or(List<Expr> operands, _) -> operands.forEach(each -> each.walk(visitor));
            case Not(Expr operand, _) -> operand.walk(visitor);
            case Negate(Expr operand, _) -> operand.walk(visitor);
            case Equal(Expr left, Expr right, _, _) -> {
                left.walk(visitor);
                right.walk(visitor);
            }
            case Compare(_, Expr left, Expr right, _) -> {
                left.walk(visitor);
                right.walk(visitor);
            }
            case In(Expr entity, Expr group, _) -> {
                entity.walk(visitor);
                group.walk(visitor);
            }
            case Sum(Expr first, List<Term> terms, _) -> {
                first.walk(visitor);
                terms.forEach(term -> term.value().walk(visitor));
            }
            case Product(List<Expr> factors, _) -> factors.forEach(each -> each.walk(visitor));
            case Attribute(Expr target, _, _) -> target.walk(visitor);
            case Has(Expr target, _, _) -> target.walk(visitor);
            case Like(Expr target, _, _) -> target.walk(visitor);
            case Is(Expr target, _, Optional<Expr> in, _) -> {
                target.walk(visitor);
                in.ifPresent(group -> group.walk(visitor));
            }
            case OfSet(_, Expr set, Expr argument, _) -> {
                set.walk(visitor);
                argument.walk(visitor);
            }
            case IsEmpty(Expr set, _) -> set.walk(visitor);
            case MakeSet(List<Expr> elements, _) -> elements.forEach(each -> each.walk(visitor));
            case MakeRecord(Map<String, Expr> members, _) ->
                    members.values().forEach(each -> each.walk(visitor));
        }
    }
}
