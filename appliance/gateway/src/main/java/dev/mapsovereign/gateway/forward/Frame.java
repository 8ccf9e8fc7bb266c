package dev.mapsovereign.gateway.forward;

import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.gateway.http.Fields;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What goes between gateways and engine hosts, either way: the length of a head (four bytes, the
 * highest first), the head (a JSON object), then whatever the head is about, as it is. So nothing
 * that a caller wrote stands where something of ours is read.
 *
 * @param head what is said
 * @param content what it is about
 */
record Frame(JsonObject head, byte[] content) {
    private static final int LENGTH_BYTES = 4;
    private static final int DEPTH_MAX = 8;

    byte[] bytes() {
        byte[] text = CanonicalJson.encode(head);
        return ByteBuffer.allocate(LENGTH_BYTES + text.length + content.length)
                .putInt(text.length)
                .put(text)
                .put(content)
                .array();
    }

    /**
     * Reads one.
     *
     * @throws JsonException if it is none
     */
    static Frame parse(byte[] bytes) {
        if (bytes.length < LENGTH_BYTES) {
            throw new JsonException("a frame has four bytes at least", 0);
        }
        int length = ByteBuffer.wrap(bytes).getInt();
        if (length < 0 || length > Limits.HEAD_BYTES_MAX || length > bytes.length - LENGTH_BYTES) {
            throw new JsonException("a frame's head cannot have " + length + " bytes", 0);
        }
        int end = LENGTH_BYTES + length;
        return new Frame(
                JsonReader.parseObject(
                        Arrays.copyOfRange(bytes, LENGTH_BYTES, end),
                        new JsonReader.Limits(DEPTH_MAX, Limits.HEAD_BYTES_MAX)),
                Arrays.copyOfRange(bytes, end, bytes.length));
    }

    /** Names and values in turn. */
    static JsonArray texts(List<Fields.Field> fields) {
        List<JsonValue> texts = new ArrayList<>(2 * fields.size());
        for (Fields.Field field : fields) {
            texts.add(new JsonString(field.name()));
            texts.add(new JsonString(field.value()));
        }
        return new JsonArray(texts);
    }

    /**
     * Header fields from names and values in turn.
     *
     * @throws JsonException if that is something else
     */
    static List<Fields.Field> fields(JsonObject head) {
        List<JsonValue> texts = head.array("fields").orElse(JsonArray.EMPTY).values();
        List<Fields.Field> fields = new ArrayList<>(texts.size() / 2);
        for (int at = 0; at + 1 < texts.size(); at += 2) {
            if (!(texts.get(at) instanceof JsonString(String name))
                    || !(texts.get(at + 1) instanceof JsonString(String value))) {
                throw new JsonException("fields are texts", 0);
            }
            fields.add(new Fields.Field(name, value));
        }
        return fields;
    }
}
