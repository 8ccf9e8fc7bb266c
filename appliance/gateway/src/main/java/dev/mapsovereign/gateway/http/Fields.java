package dev.mapsovereign.gateway.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The header fields of one message, in the order in which they came; names in lower case, values
 * without the blanks around them. Immutable.
 *
 * <p>A linear scan over a handful of pairs costs less than a hash table, and a caller cannot choose
 * names that collide.
 */
public final class Fields {
    /** No field at all. */
    public static final Fields NONE = new Fields(List.of());

    private final List<Field> fields;

    private Fields(List<Field> fields) {
        this.fields = List.copyOf(fields);
    }

    /**
     * One field.
     *
     * @param name in lower case
     * @param value without the blanks around it
     */
    public record Field(String name, String value) {}

    /** Collects fields in order. */
    public static Builder builder() {
        return new Builder();
    }

    /** Every field, in order. */
    public List<Field> all() {
        return fields;
    }

    /** Every value of the fields of that name, in order. */
    public List<String> all(String name) {
        List<String> values = new ArrayList<>(1);
        for (Field field : fields) {
            if (field.name().equals(name)) {
                values.add(field.value());
            }
        }
        return values;
    }

    /** The first value of that name. */
    public Optional<String> first(String name) {
        for (Field field : fields) {
            if (field.name().equals(name)) {
                return Optional.of(field.value());
            }
        }
        return Optional.empty();
    }

    /**
     * The value of a field that may stand at most once. Two values mean that two readers of one
     * message may see different things, which is how requests are smuggled.
     *
     * @throws RequestException {@code malformed_request} when it stands more than once
     */
    public Optional<String> only(String name) throws RequestException {
        List<String> values = all(name);
        if (values.size() > 1) {
            throw RequestException.malformed("the header field " + name + " stands more than once");
        }
        return values.stream().findFirst();
    }

    /** Whether a comma-separated list field holds that token, case ignored (RFC 9110 §5.6.1). */
    public boolean hasToken(String name, String token) {
        for (String value : all(name)) {
            for (String element : value.split(",", -1)) {
                if (element.strip().equalsIgnoreCase(token)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** How many fields. */
    public int size() {
        return fields.size();
    }

    /** Collects fields; not safe for several threads. */
    public static final class Builder {
        private final List<Field> fields = new ArrayList<>(16);

        private Builder() {}

        /** Appends one field; the name is put into lower case. */
        public Builder add(String name, String value) {
            fields.add(new Field(name.toLowerCase(Locale.ROOT), value));
            return this;
        }

        /** The fields so far. */
        public Fields build() {
            return new Fields(fields);
        }
    }
}
