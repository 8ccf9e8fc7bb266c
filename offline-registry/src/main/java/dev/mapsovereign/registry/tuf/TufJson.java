package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonNull;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * OLPC canonical JSON, the form over which TUF signs (TUF 1.0, 4.2.1). It differs from RFC 8785:
 * only quotation mark and backslash are escaped, names are ordered by code point, and numbers are
 * whole. It stays inside this package; everything else in the product is RFC 8785.
 */
final class TufJson {
    /** Code point order, which for well-formed UTF-16 differs from {@link String#compareTo}. */
    private static final Comparator<String> CODE_POINTS =
            (a, b) -> {
                int[] left = a.codePoints().toArray();
                int[] right = b.codePoints().toArray();
                return java.util.Arrays.compare(left, right);
            };

    private TufJson() {}

    /**
     * The canonical bytes of {@code value}.
     *
     * @throws IllegalArgumentException for a number that is not whole
     */
    static byte[] encode(JsonValue value) {
        StringBuilder out = new StringBuilder(1024);
        append(value, out);
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void append(JsonValue value, StringBuilder out) {
        switch (value) {
            case JsonObject object -> appendObject(object, out);
            case JsonArray array -> appendArray(array, out);
            case JsonString text -> appendString(text.value(), out);
            case JsonNumber number -> out.append(whole(number));
            case JsonBoolean bool -> out.append(bool.value());
            case JsonNull ignored -> out.append("null");
        }
    }

    private static void appendObject(JsonObject object, StringBuilder out) {
        List<String> names = new ArrayList<>(object.members().keySet());
        names.sort(CODE_POINTS);
        out.append('{');
        String separator = "";
        for (String name : names) {
            out.append(separator);
            appendString(name, out);
            out.append(':');
            append(object.get(name).orElseThrow(), out);
            separator = ",";
        }
        out.append('}');
    }

    private static void appendArray(JsonArray array, StringBuilder out) {
        out.append('[');
        String separator = "";
        for (JsonValue value : array.values()) {
            out.append(separator);
            append(value, out);
            separator = ",";
        }
        out.append(']');
    }

    private static void appendString(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\');
            }
            out.append(c);
        }
        out.append('"');
    }

    private static long whole(JsonNumber number) {
        if (!number.isWhole()) {
            throw new IllegalArgumentException("TUF metadata holds the number " + number.value());
        }
        return number.longValue();
    }
}
