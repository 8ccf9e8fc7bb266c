package dev.mapsovereign.engine.policy.cedar;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A value of Cedar; immutable, compared by content. */
public sealed interface Value extends Comparable<Value> {
    /** A truth value. */
    record Bool(boolean value) implements Value {
        static final Bool TRUE = new Bool(true);
        static final Bool FALSE = new Bool(false);

        static Bool of(boolean value) {
            return value ? TRUE : FALSE;
        }
    }

    /** A whole number of 64 bits, Cedar's {@code Long}. */
    record Whole(long value) implements Value {}

    /**
     * A number that Cedar's {@code Long} does not hold. No text of the subset makes one; it comes
     * from outside, is equal to itself, and is an error wherever an operator takes a number.
     *
     * @param value finite
     */
    record Decimal(double value) implements Value {}

    /**
     * Stands for a value that is too large to be looked at: it is there, and to ask for it is an
     * error. So no operator ever meets it.
     */
    record Oversize() implements Value {}

    /** A text. */
    record Text(String value) implements Value {}

    /** An entity, by its name. */
    record Entity(EntityUid uid) implements Value {}

    /**
     * A set: sorted, each value once. Sorted rather than hashed, because callers choose the values
     * and could choose them so that all hash alike.
     *
     * @param values ascending
     */
    record SetOf(List<Value> values) implements Value {
        /** Takes values that are ascending already; {@link #of} sorts. */
        public SetOf {
            values = List.copyOf(values);
        }

        /** The set of these, in any order, repetitions allowed. */
        public static SetOf of(Collection<? extends Value> values) {
            List<Value> sorted = new ArrayList<>(values);
            Collections.sort(sorted);
            List<Value> distinct = new ArrayList<>(sorted.size());
            for (Value value : sorted) {
                if (distinct.isEmpty() || !distinct.getLast().equals(value)) {
                    distinct.add(value);
                }
            }
            return new SetOf(distinct);
        }

        boolean contains(Value value) {
            return Collections.binarySearch(values, value) >= 0;
        }
    }

    /** A record. */
    record RecordOf(SortedMap<String, Value> members) implements Value {
        public static final RecordOf EMPTY = new RecordOf(Map.of());

        /** Copies the map. */
        public RecordOf {
            members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
        }

        /** Copies the map. */
        public RecordOf(Map<String, Value> members) {
            this(new TreeMap<>(members));
        }
    }

    /** The name of its type in Cedar. */
    default String typeName() {
        return switch (this) {
            case Bool _ -> "Bool";
            case Whole _ -> "Long";
            case Decimal _ -> "decimal";
            case Oversize _ -> "too large";
            case Text _ -> "String";
            case Entity _ -> "entity";
            case SetOf _ -> "Set";
            case RecordOf _ -> "Record";
        };
    }

    private int rank() {
        return switch (this) {
            case Bool _ -> 0;
            case Whole _ -> 1;
            case Decimal _ -> 2;
            case Text _ -> 3;
            case Entity _ -> 4;
            case SetOf _ -> 5;
            case RecordOf _ -> 6;
            case Oversize _ -> 7;
        };
    }

    /** A total order that agrees with {@code equals}; it has no meaning in Cedar. */
    @Override
    default int compareTo(Value other) {
        int byRank = Integer.compare(rank(), other.rank());
        if (byRank != 0) {
            return byRank;
        }
        return switch (this) {
            case Bool(boolean one) -> Boolean.compare(one, ((Bool) other).value());
            case Whole(long one) -> Long.compare(one, ((Whole) other).value());
            case Decimal(double one) -> Double.compare(one, ((Decimal) other).value());
            case Oversize _ -> 0;
            case Text(String one) -> one.compareTo(((Text) other).value());
            case Entity(EntityUid one) -> one.compareTo(((Entity) other).uid());
            case SetOf(List<Value> one) -> compare(one, ((SetOf) other).values());
            case RecordOf(SortedMap<String, Value> one) ->
                    compare(one, ((RecordOf) other).members());
        };
    }

    private static int compare(List<Value> one, List<Value> other) {
        int common = Math.min(one.size(), other.size());
        for (int i = 0; i < common; i++) {
            int step = one.get(i).compareTo(other.get(i));
            if (step != 0) {
                return step;
            }
        }
        return Integer.compare(one.size(), other.size());
    }

    private static int compare(SortedMap<String, Value> one, SortedMap<String, Value> other) {
        Iterator<Map.Entry<String, Value>> left = one.entrySet().iterator();
        Iterator<Map.Entry<String, Value>> right = other.entrySet().iterator();
        while (left.hasNext() && right.hasNext()) {
            Map.Entry<String, Value> first = left.next();
            Map.Entry<String, Value> second = right.next();
            int byName = first.getKey().compareTo(second.getKey());
            int step = byName != 0 ? byName : first.getValue().compareTo(second.getValue());
            if (step != 0) {
                return step;
            }
        }
        return Integer.compare(one.size(), other.size());
    }
}
