package dev.mapsovereign.base.json;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of an object in the order of reading. Up to eight of them, which is most objects,
 * stand in two arrays and are found by comparing: half the memory of a hash map, and a hostile body
 * of many small objects stays small. Beyond that a {@link LinkedHashMap} takes over, whose buckets
 * become trees, so that colliding names cost no quadratic time.
 */
final class Members extends AbstractMap<String, JsonValue> {
    /** Up to here comparing names beats hashing them. */
    private static final int LINEAR_MAX = 8;

    static final Members EMPTY = new Members(new String[0], new JsonValue[0]);

    private final String[] names;
    private final JsonValue[] values;

    private Members(String[] names, JsonValue[] values) {
        this.names = names;
        this.values = values;
    }

    /** An immutable copy whose names are known to be well-formed text. */
    static Map<String, JsonValue> copyOf(Map<String, JsonValue> source) {
        if (source instanceof Members || source instanceof Checked) {
            return source;
        }
        Builder builder = new Builder();
        source.forEach((name, value) -> {
            Unicode.requireWellFormed(name);
            builder.put(name, value);
        });
        return builder.build();
    }

    @Override
    public @Nullable JsonValue get(@Nullable Object name) {
        for (int i = 0; i < names.length; i++) {
            if (names[i].equals(name)) {
                return values[i];
            }
        }
        return null;
    }

    @Override
    public boolean containsKey(@Nullable Object name) {
        return get(name) != null;
    }

    @Override
    public int size() {
        return names.length;
    }

    @Override
    public Set<Entry<String, JsonValue>> entrySet() {
        return new EntrySet();
    }

    private final class EntrySet extends AbstractSet<Entry<String, JsonValue>> {
        @Override
        public int size() {
            return names.length;
        }

        @Override
        public Iterator<Entry<String, JsonValue>> iterator() {
            return new EntryIterator();
        }
    }

    private final class EntryIterator implements Iterator<Entry<String, JsonValue>> {
        private int next;

        @Override
        public boolean hasNext() {
            return next < names.length;
        }

        @Override
        public Entry<String, JsonValue> next() {
            if (next == names.length) {
                throw new NoSuchElementException();
            }
            int at = next++;
            return Map.entry(names[at], values[at]);
        }
    }

    /** More than {@link #LINEAR_MAX} members; the type says that their names were checked. */
    private static final class Checked extends AbstractMap<String, JsonValue> {
        private final Map<String, JsonValue> members;

        private Checked(Map<String, JsonValue> members) {
            this.members = Collections.unmodifiableMap(members);
        }

        @Override
        public @Nullable JsonValue get(@Nullable Object name) {
            return members.get(name);
        }

        @Override
        public boolean containsKey(@Nullable Object name) {
            return members.containsKey(name);
        }

        @Override
        public Set<Entry<String, JsonValue>> entrySet() {
            return members.entrySet();
        }
    }

    /** Collects members; names must be well-formed already. Not for use by several threads. */
    static final class Builder {
        private String[] names = new String[4];
        private JsonValue[] values = new JsonValue[4];
        private int count;
        private @Nullable Map<String, JsonValue> many;

        /** Adds a member, or replaces the value of the one with that name, which is returned. */
        @Nullable JsonValue put(String name, JsonValue value) {
            Map<String, JsonValue> hashed = many;
            if (hashed != null) {
                return hashed.put(name, value);
            }
            for (int i = 0; i < count; i++) {
                if (names[i].equals(name)) {
                    JsonValue replaced = values[i];
                    values[i] = value;
                    return replaced;
                }
            }
            if (count == LINEAR_MAX) {
                becomeHashed().put(name, value);
                return null;
            }
            if (count == names.length) {
                names = Arrays.copyOf(names, LINEAR_MAX);
                values = Arrays.copyOf(values, LINEAR_MAX);
            }
            names[count] = name;
            values[count] = value;
            count++;
            return null;
        }

        /** The members; the builder must not be used afterwards. */
        Map<String, JsonValue> build() {
            Map<String, JsonValue> hashed = many;
            if (hashed != null) {
                many = null;
                return new Checked(hashed);
            }
            if (count == 0) {
                return EMPTY;
            }
            boolean full = count == names.length;
            return new Members(
                    full ? names : Arrays.copyOf(names, count),
                    full ? values : Arrays.copyOf(values, count));
        }

        private Map<String, JsonValue> becomeHashed() {
            Map<String, JsonValue> hashed = new LinkedHashMap<>(4 * LINEAR_MAX);
            for (int i = 0; i < count; i++) {
                hashed.put(names[i], values[i]);
            }
            many = hashed;
            return hashed;
        }
    }
}
