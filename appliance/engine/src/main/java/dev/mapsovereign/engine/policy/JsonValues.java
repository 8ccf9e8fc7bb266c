package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonNull;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.policy.cedar.Entities;
import dev.mapsovereign.engine.policy.cedar.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What JSON is in Cedar. Truth values, texts, arrays (sets: without order and repetition) and
 * objects (records) have a counterpart. A whole number within ±(2^53 − 1) is a {@code Long},
 * however it is written. Any other number is a {@code decimal}: it is there, and comparing it by
 * {@code <} is an error, so that a limit in whole numbers is not passed by a fraction. {@code null}
 * is left out, also of arrays, since Cedar has no such value. No member is read as an entity or an
 * extension value, whatever its name. A member of more than {@link Limits#POLICY_VALUES_MAX} values
 * is there, and to ask for it is an error. For one thread.
 */
final class JsonValues {
    private int left = Limits.POLICY_VALUES_MAX;

    private JsonValues() {}

    /** The value; empty for {@code null}. */
    static Optional<Value> of(JsonValue json) {
        JsonValues values = new JsonValues();
        Optional<Value> value = values.value(json);
        return values.left < 0 ? Optional.of(new Value.Oversize()) : value;
    }

    private Optional<Value> value(JsonValue json) {
        if (--left < 0) {
            return Optional.empty();
        }
        return switch (json) {
            case JsonNull _ -> Optional.empty();
            case JsonBoolean(boolean value) -> Optional.of(new Value.Bool(value));
            case JsonString(String value) -> Optional.of(new Value.Text(value));
            case JsonNumber number ->
                    Optional.of(
                            number.isWhole()
                                    ? new Value.Whole(number.longValue())
                                    : new Value.Decimal(number.value()));
            case JsonArray(List<JsonValue> elements) -> Optional.of(set(elements));
            case JsonObject(Map<String, JsonValue> members) -> Optional.of(record(members));
        };
    }

    private Value set(List<JsonValue> elements) {
        List<Value> values = new ArrayList<>();
        for (JsonValue element : elements) {
            value(element).ifPresent(values::add);
            if (left < 0) {
                break;
            }
        }
        return Value.SetOf.of(values);
    }

    private Value record(Map<String, JsonValue> members) {
        Map<String, Value> values = new TreeMap<>();
        for (Map.Entry<String, JsonValue> member : members.entrySet()) {
            value(member.getValue()).ifPresent(value -> values.put(member.getKey(), value));
            if (left < 0) {
                break;
            }
        }
        return new Value.RecordOf(values);
    }

    /**
     * An input's members as attributes, each worked out once and only when a policy asks for it: an
     * input may have megabytes, and most policies look at one member.
     */
    static Entities.Attributes attributes(JsonObject input) {
        Map<String, Optional<Value>> known = new HashMap<>();
        return name ->
                known.computeIfAbsent(name, asked -> input.get(asked).flatMap(JsonValues::of));
    }
}
