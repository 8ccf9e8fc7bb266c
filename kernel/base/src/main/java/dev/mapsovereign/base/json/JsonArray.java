package dev.mapsovereign.base.json;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Values in order. */
public record JsonArray(List<JsonValue> values) implements JsonValue {
    public static final JsonArray EMPTY = new JsonArray(List.of());

    /** Copies the list unless it is immutable already. */
    public JsonArray {
        values = List.copyOf(values);
    }

    /** An array of these values. */
    public static JsonArray of(JsonValue... values) {
        return new JsonArray(List.of(values));
    }

    /** An array of texts, in the order of the collection. */
    public static JsonArray ofStrings(Collection<String> texts) {
        List<JsonValue> values = new ArrayList<>(texts.size());
        for (String text : texts) {
            values.add(new JsonString(text));
        }
        return new JsonArray(values);
    }

    /** How many values there are. */
    public int size() {
        return values.size();
    }

    @Override
    public String toString() {
        return CanonicalJson.text(this);
    }
}
