package dev.mapsovereign.base.json;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Named values in the order of reading, which has no meaning and is kept for people. Two objects
 * are equal whatever their order. The typed getters answer empty both for an absent member and for
 * one of another type: whoever must tell them apart validates against a schema first.
 */
public record JsonObject(Map<String, JsonValue> members) implements JsonValue {
    public static final JsonObject EMPTY = new JsonObject(Members.EMPTY);

    /**
     * Copies the map unless it came from here.
     *
     * @throws IllegalArgumentException for a lone surrogate in a name
     */
    public JsonObject {
        members = Members.copyOf(members);
    }

    /** A builder without members. */
    public static Builder builder() {
        return new Builder(new LinkedHashMap<>());
    }

    /** A builder that begins with these members. */
    public Builder toBuilder() {
        return new Builder(new LinkedHashMap<>(members));
    }

    /** Whether there is a member of that name, be it {@code null}. */
    public boolean has(String name) {
        return members.containsKey(name);
    }

    /** How many members there are. */
    public int size() {
        return members.size();
    }

    public boolean isEmpty() {
        return members.isEmpty();
    }

    /** The member of that name. */
    public Optional<JsonValue> get(String name) {
        return Optional.ofNullable(members.get(name));
    }

    /** The member of that name when it is a text. */
    public Optional<String> text(String name) {
        return members.get(name) instanceof JsonString(String value)
                ? Optional.of(value)
                : Optional.empty();
    }

    /** The member of that name when it is a whole number within ±(2^53 − 1). */
    public OptionalLong integer(String name) {
        return members.get(name) instanceof JsonNumber number && number.isWhole()
                ? OptionalLong.of(number.longValue())
                : OptionalLong.empty();
    }

    /** The member of that name when it is a truth value. */
    public Optional<Boolean> bool(String name) {
        return members.get(name) instanceof JsonBoolean(boolean value)
                ? Optional.of(value)
                : Optional.empty();
    }

    /** The member of that name when it is an object. */
    public Optional<JsonObject> object(String name) {
        return members.get(name) instanceof JsonObject object
                ? Optional.of(object)
                : Optional.empty();
    }

    /** The member of that name when it is an array. */
    public Optional<JsonArray> array(String name) {
        return members.get(name) instanceof JsonArray array ? Optional.of(array) : Optional.empty();
    }

    /** This object with the member added or replaced. */
    public JsonObject with(String name, JsonValue value) {
        return toBuilder().put(name, value).build();
    }

    /** This object without the member of that name, if there is one. */
    public JsonObject without(String name) {
        if (!has(name)) {
            return this;
        }
        Map<String, JsonValue> rest = new LinkedHashMap<>(members);
        rest.remove(name);
        return new JsonObject(rest);
    }

    @Override
    public String toString() {
        return CanonicalJson.text(this);
    }

    /** Collects members; a second value for a name replaces the first. For one thread. */
    public static final class Builder {
        private final Map<String, JsonValue> members;

        private Builder(Map<String, JsonValue> members) {
            this.members = members;
        }

        public Builder put(String name, JsonValue value) {
            members.put(name, value);
            return this;
        }

        /**
         * @throws IllegalArgumentException for a lone surrogate
         */
        public Builder put(String name, String value) {
            return put(name, new JsonString(value));
        }

        /**
         * @throws IllegalArgumentException beyond ±(2^53 − 1)
         */
        public Builder put(String name, long value) {
            return put(name, JsonNumber.of(value));
        }

        public Builder put(String name, boolean value) {
            return put(name, JsonBoolean.of(value));
        }

        /** Adds the member only when there is a value. */
        public Builder putIfPresent(String name, Optional<String> value) {
            value.ifPresent(text -> put(name, text));
            return this;
        }

        /**
         * @throws IllegalArgumentException for a lone surrogate in a name
         */
        public JsonObject build() {
            return new JsonObject(members);
        }
    }
}
