package dev.mapsovereign.engine.schema;

import dev.harrel.jsonschema.JsonNode;
import dev.harrel.jsonschema.JsonNodeFactory;
import dev.harrel.jsonschema.SimpleType;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonNull;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shows a {@link JsonValue} to the validator without reading or copying the text again. Children
 * are wrapped when they are asked for and then kept, since a schema looks at one value by several
 * keywords. Used by one thread.
 */
final class JsonValueNode implements JsonNode {
    /** Makes nodes for the validator: of values, of nodes, and of the text of its meta-schemas. */
    static final JsonNodeFactory FACTORY =
            new JsonNodeFactory() {
                @Override
                public JsonNode wrap(Object value) {
                    return switch (value) {
                        case JsonNode node -> node;
                        case JsonValue json -> new JsonValueNode(json, "");
                        default ->
                                throw new IllegalArgumentException(
                                        "not JSON: " + value.getClass().getName());
                    };
                }

                @Override
                public JsonNode create(String text) {
                    return wrap(JsonReader.parse(text.getBytes(StandardCharsets.UTF_8)));
                }
            };

    private final JsonValue value;
    private final String pointer;
    private @Nullable List<JsonNode> elements;
    private @Nullable Map<String, JsonNode> members;

    private JsonValueNode(JsonValue value, String pointer) {
        this.value = value;
        this.pointer = pointer;
    }

    @Override
    public String getJsonPointer() {
        return pointer;
    }

    @Override
    public SimpleType getNodeType() {
        return switch (value) {
            case JsonObject object -> SimpleType.OBJECT;
            case JsonArray array -> SimpleType.ARRAY;
            case JsonString text -> SimpleType.STRING;
            case JsonBoolean truth -> SimpleType.BOOLEAN;
            case JsonNull nothing -> SimpleType.NULL;
            // JSON Schema §6.1.1: a number without fraction is an integer, however it is written.
            case JsonNumber number ->
                    number.value() == Math.rint(number.value())
                            ? SimpleType.INTEGER
                            : SimpleType.NUMBER;
        };
    }

    @Override
    public boolean asBoolean() {
        return value instanceof JsonBoolean(boolean truth) && truth;
    }

    @Override
    public String asString() {
        return value instanceof JsonString(String text) ? text : value.toString();
    }

    @Override
    public BigInteger asInteger() {
        return asNumber().toBigInteger();
    }

    @Override
    public BigDecimal asNumber() {
        if (!(value instanceof JsonNumber number)) {
            throw new IllegalStateException("not a number");
        }
        return number.isWhole()
                ? BigDecimal.valueOf(number.longValue())
                : BigDecimal.valueOf(number.value());
    }

    @Override
    public List<JsonNode> asArray() {
        if (elements == null) {
            List<JsonValue> values = ((JsonArray) value).values();
            List<JsonNode> nodes = new ArrayList<>(values.size());
            for (int i = 0; i < values.size(); i++) {
                nodes.add(new JsonValueNode(values.get(i), pointer + "/" + i));
            }
            elements = nodes;
        }
        return elements;
    }

    @Override
    public Map<String, JsonNode> asObject() {
        if (members == null) {
            Map<String, JsonNode> nodes = new LinkedHashMap<>();
            ((JsonObject) value)
                    .members()
                    .forEach((name, member) ->
                            nodes.put(
                                    name,
                                    new JsonValueNode(
                                            member,
                                            pointer + "/" + JsonNode.encodeJsonPointer(name))));
            members = nodes;
        }
        return members;
    }

    /**
     * By value, wherever it stands: {@code enum}, {@code const} and {@code uniqueItems} ask this.
     */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JsonValueNode node && value.equals(node.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
