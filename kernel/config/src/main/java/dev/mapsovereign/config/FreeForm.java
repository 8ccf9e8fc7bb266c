package dev.mapsovereign.config;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonNull;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/** A table of foreign settings as JSON. */
final class FreeForm {
    private final ConfigSection section;
    private final TomlTable table;

    FreeForm(ConfigSection section, TomlTable table) {
        this.section = section;
        this.table = table;
    }

    JsonObject object() {
        JsonObject.Builder object = JsonObject.builder();
        for (Map.Entry<String, Object> entry : table.entrySet()) {
            object.put(entry.getKey(), topLevel(entry.getKey(), entry.getValue()));
        }
        return object.build();
    }

    private JsonValue topLevel(String key, Object value) {
        try {
            return json(value);
        } catch (IllegalArgumentException e) {
            section.problem(key, "must hold only what JSON can hold: " + e.getMessage());
            return JsonNull.INSTANCE;
        }
    }

    private static JsonValue json(Object value) {
        return switch (value) {
            case String text -> new JsonString(text);
            case Long number -> JsonNumber.of(number);
            case Double number -> new JsonNumber(number);
            case Boolean truth -> JsonBoolean.of(truth);
            case TomlTable inner -> inner(inner);
            case TomlArray array -> array(array);
            default -> new JsonString(value.toString());
        };
    }

    private static JsonObject inner(TomlTable table) {
        JsonObject.Builder object = JsonObject.builder();
        for (Map.Entry<String, Object> entry : table.entrySet()) {
            object.put(entry.getKey(), json(entry.getValue()));
        }
        return object.build();
    }

    private static JsonArray array(TomlArray array) {
        List<JsonValue> values = new ArrayList<>(array.size());
        for (Object value : array.toList()) {
            values.add(json(value));
        }
        return new JsonArray(values);
    }
}
