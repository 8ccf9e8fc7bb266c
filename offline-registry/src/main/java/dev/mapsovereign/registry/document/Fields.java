package dev.mapsovereign.registry.document;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonNull;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.time.UtcSeconds;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** One object of a document under strict reading: every refusal names the member by its path. */
final class Fields {
    private static final int TEXT_LENGTH_MAX = 4096;

    private final String path;
    private final JsonObject json;

    Fields(String path, JsonObject json) {
        this.path = path;
        this.json = json;
    }

    static DocumentException malformed(String path, String rule) {
        return new DocumentException(DocumentFault.MALFORMED, path + " " + rule);
    }

    DocumentException refused(String name, String rule) {
        return malformed(at(name), rule);
    }

    String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    void onlyKnown(Set<String> known) {
        for (String name : json.members().keySet()) {
            if (!known.contains(name)) {
                throw new DocumentException(
                        DocumentFault.UNKNOWN_MEMBER, "no member " + at(name) + " is known");
            }
        }
    }

    Optional<JsonValue> value(String name) {
        Optional<JsonValue> value = json.get(name);
        if (value.isPresent() && value.get() instanceof JsonNull) {
            throw refused(name, "must be left out rather than null");
        }
        return value;
    }

    Optional<String> textIfPresent(String name) {
        Optional<JsonValue> value = value(name);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        if (!(value.get() instanceof JsonString text) || text.value().length() > TEXT_LENGTH_MAX) {
            throw refused(name, "must be a text of at most " + TEXT_LENGTH_MAX + " characters");
        }
        return Optional.of(text.value());
    }

    String text(String name) {
        return textIfPresent(name).orElseThrow(() -> refused(name, "is missing"));
    }

    void constant(String name, String expected) {
        if (!text(name).equals(expected)) {
            throw refused(name, "must be " + expected);
        }
    }

    AgentDid did(String name) {
        return parseDid(name, text(name));
    }

    AgentDid parseDid(String name, String text) {
        try {
            return AgentDid.parse(text);
        } catch (IllegalArgumentException e) {
            throw new DocumentException(
                    DocumentFault.MALFORMED, at(name) + ": " + e.getMessage(), e);
        }
    }

    Optional<Instant> timeIfPresent(String name) {
        return textIfPresent(name).map(text -> parseTime(name, text));
    }

    Instant time(String name) {
        return parseTime(name, text(name));
    }

    private Instant parseTime(String name, String text) {
        try {
            return UtcSeconds.parse(text);
        } catch (DateTimeParseException e) {
            throw new DocumentException(
                    DocumentFault.MALFORMED,
                    at(name) + " must be a time like 2026-01-31T09:00:00Z",
                    e);
        }
    }

    boolean flag(String name) {
        if (value(name).isEmpty()) {
            return false;
        }
        return json.bool(name).orElseThrow(() -> refused(name, "must be true or false"));
    }

    long whole(String name, long min) {
        OptionalLong value = json.integer(name);
        if (value.isEmpty() || value.getAsLong() < min) {
            throw refused(name, "must be a whole number from " + min);
        }
        return value.getAsLong();
    }

    Optional<Fields> objectIfPresent(String name) {
        Optional<JsonValue> value = value(name);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        if (!(value.get() instanceof JsonObject object)) {
            throw refused(name, "must be an object");
        }
        return Optional.of(new Fields(at(name), object));
    }

    Fields object(String name) {
        return objectIfPresent(name).orElseThrow(() -> refused(name, "is missing"));
    }

    /** The entries of an array of objects; none if the member is absent. */
    List<Fields> objects(String name, int max) {
        List<Fields> objects = new ArrayList<>();
        List<JsonValue> values = values(name, max);
        for (int i = 0; i < values.size(); i++) {
            String entry = at(name) + "[" + i + "]";
            if (!(values.get(i) instanceof JsonObject object)) {
                throw malformed(entry, "must be an object");
            }
            objects.add(new Fields(entry, object));
        }
        return objects;
    }

    /** The entries of an array of texts; none if the member is absent. */
    List<String> texts(String name, int max) {
        List<String> texts = new ArrayList<>();
        for (JsonValue value : values(name, max)) {
            if (!(value instanceof JsonString text)) {
                throw refused(name, "must be an array of texts");
            }
            texts.add(text.value());
        }
        return texts;
    }

    private List<JsonValue> values(String name, int max) {
        Optional<JsonValue> value = value(name);
        if (value.isEmpty()) {
            return List.of();
        }
        if (!(value.get() instanceof JsonArray array) || array.values().size() > max) {
            throw refused(name, "must be an array of at most " + max + " entries");
        }
        return array.values();
    }

    String path() {
        return path;
    }

    JsonObject json() {
        return json;
    }
}
