package dev.mapsovereign.base.audit;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonNull;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Brings what callers supplied into the bounds of a record. Nothing is refused here, since a call
 * that cannot be recorded could not be answered either; what does not fit leaves its SHA-256, by
 * which the original can be recognized later. Applying it twice changes nothing more.
 */
final class RecordText {
    private static final String DIGEST_MARK = "~sha256:";
    private static final int DIGEST_LENGTH = 64;
    private static final int PREFIX_BYTES_MAX =
            Limits.TEXT_BYTES_MAX - DIGEST_MARK.length() - DIGEST_LENGTH;

    private RecordText() {}

    /**
     * The text itself, or a prefix of at most 184 bytes, {@code ~sha256:} and the digest of the
     * whole in hex. Lone surrogates become U+FFFD first.
     */
    static String clip(String text) {
        String wellFormed = withoutLoneSurrogates(text);
        // A char has at most three bytes in UTF-8: short texts need no encoding to know.
        if (wellFormed.length() <= Limits.TEXT_BYTES_MAX / 3) {
            return wellFormed;
        }
        byte[] utf8 = wellFormed.getBytes(StandardCharsets.UTF_8);
        if (utf8.length <= Limits.TEXT_BYTES_MAX) {
            return wellFormed;
        }
        int end = PREFIX_BYTES_MAX;
        while ((utf8[end] & 0xc0) == 0x80) {
            end--;
        }
        return new String(utf8, 0, end, StandardCharsets.UTF_8) + DIGEST_MARK + sha256(utf8);
    }

    /**
     * The object as it can stand in a record as {@code meta}: texts clipped, numbers that are not
     * whole within ±(2^53 − 1) as their canonical text; an object with a member name that a record
     * cannot have, and whatever lies too deep, replaced by its digest; the whole replaced by its
     * digest when it is too large.
     */
    static JsonObject clipMeta(JsonObject meta) {
        if (meta.isEmpty()) {
            return meta;
        }
        JsonObject clipped = clipObject(meta, 2);
        return CanonicalJson.encode(clipped).length <= Limits.META_BYTES_MAX
                ? clipped
                : digestOf(meta);
    }

    /**
     * @param level the level of this value in its record, which itself is level 1
     */
    private static JsonValue clipValue(JsonValue value, int level) {
        return switch (value) {
            case JsonString(String text) -> {
                String clipped = clip(text);
                yield clipped.equals(text) ? value : new JsonString(clipped);
            }
            case JsonNumber number -> number.isWhole() ? number : new JsonString(number.toString());
            case JsonObject object ->
                    level > Limits.RECORD_DEPTH_MAX
                            ? digestText(object)
                            : clipObject(object, level);
            case JsonArray array ->
                    level > Limits.RECORD_DEPTH_MAX ? digestText(array) : clipArray(array, level);
            case JsonBoolean truth -> truth;
            case JsonNull nothing -> nothing;
        };
    }

    private static JsonArray clipArray(JsonArray array, int level) {
        List<JsonValue> values = new ArrayList<>(array.size());
        for (JsonValue value : array.values()) {
            values.add(clipValue(value, level + 1));
        }
        return new JsonArray(values);
    }

    private static JsonObject clipObject(JsonObject object, int level) {
        JsonObject.Builder clipped = JsonObject.builder();
        for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
            if (!isRecordName(member.getKey())) {
                return digestOf(object);
            }
            clipped.put(member.getKey(), clipValue(member.getValue(), level + 1));
        }
        return clipped.build();
    }

    private static JsonString digestText(JsonValue value) {
        return new JsonString(DIGEST_MARK.substring(1) + sha256(CanonicalJson.encode(value)));
    }

    private static JsonObject digestOf(JsonObject object) {
        return JsonObject.builder()
                .put("sha256", sha256(CanonicalJson.encode(object)))
                .put("truncated", true)
                .build();
    }

    private static boolean isRecordName(String name) {
        if (name.isEmpty() || name.length() > Limits.NAME_LENGTH_MAX) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_') {
                return false;
            }
        }
        return true;
    }

    private static String withoutLoneSurrogates(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return text.codePoints()
                        .map(point ->
                                Character.getType(point) == Character.SURROGATE ? 0xfffd : point)
                        .collect(
                                StringBuilder::new,
                                StringBuilder::appendCodePoint,
                                StringBuilder::append)
                        .toString();
            }
        }
        return text;
    }

    private static String sha256(byte[] content) {
        return Hex.encode(Sha256.hash(content));
    }
}
