package dev.mapsovereign.base.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads I-JSON (RFC 8259 as RFC 7493 narrows it) and nothing else: strict UTF-8 without a byte
 * order mark, no two members of one name, no lone surrogates, no number beyond a double, nothing
 * after the value. Two programs that both read a text must see the same values, else one checks
 * what the other does not execute.
 *
 * <p>RFC 7493 §2.1 also bans Unicode's noncharacters (U+FFFF and the like). They are read here:
 * Unicode itself has withdrawn that ban (Corrigendum 9), they have one UTF-8 form, and canonical
 * JSON readers elsewhere take them.
 *
 * <p>The text is scanned as bytes; a string becomes a Java string in one step, and only one with an
 * escape is put together in parts. Stateless from outside, safe for any number of threads.
 */
public final class JsonReader {
    private final byte[] in;
    private final Limits limits;
    private int at;
    private int depth;
    private int valuesLeft;
    private final StringBuilder unescaped = new StringBuilder(0);

    /**
     * How much a text may ask of the reader.
     *
     * @param depthMax how many objects and arrays may stand inside each other, 1 to 256
     * @param bytesMax the length of the whole text
     */
    public record Limits(int depthMax, int bytesMax) {
        /** 64 levels, 8 MiB: more than any message of this product needs. */
        public static final Limits DEFAULT = new Limits(64, 8 << 20);

        /** Reading and writing recurse; 256 levels fit half of a thread's usual stack of 1 MiB. */
        private static final int DEPTH_CEILING = 256;

        /**
         * @throws IllegalArgumentException for limits that are none
         */
        public Limits {
            if (depthMax < 1 || depthMax > DEPTH_CEILING || bytesMax < 1) {
                throw new IllegalArgumentException(
                        "limits of " + depthMax + " levels, " + bytesMax + " bytes");
            }
        }

        /**
         * How many values a text may hold. One of two bytes ({@code 0,}) costs up to fifty times
         * its length in memory; honest texts hold a value in eight bytes at most, and short ones
         * cost nothing whatever they hold.
         */
        int valuesMax() {
            return Math.max(VALUES_FLOOR, bytesMax / BYTES_PER_VALUE);
        }

        private static final int VALUES_FLOOR = 65_536;
        private static final int BYTES_PER_VALUE = 8;
    }

    private JsonReader(byte[] in, Limits limits) {
        this.in = in;
        this.limits = limits;
        this.valuesLeft = limits.valuesMax();
    }

    /**
     * The value of a text within {@link Limits#DEFAULT}.
     *
     * @throws JsonException when the bytes are anything else than one such text
     */
    public static JsonValue parse(byte[] utf8) {
        return parse(utf8, Limits.DEFAULT);
    }

    /**
     * The value of a text.
     *
     * @throws JsonException when the bytes are anything else than one such text
     */
    public static JsonValue parse(byte[] utf8, Limits limits) {
        JsonReader reader = new JsonReader(utf8, limits);
        reader.begin();
        JsonValue value = reader.value();
        reader.end();
        return value;
    }

    /**
     * The object of a text.
     *
     * @throws JsonException when the bytes are anything else than one object
     */
    public static JsonObject parseObject(byte[] utf8, Limits limits) {
        if (parse(utf8, limits) instanceof JsonObject object) {
            return object;
        }
        throw new JsonException("expected an object", 0);
    }

    /**
     * The object of a text, and where the values of its members stand in {@code utf8}.
     *
     * @throws JsonException when the bytes are anything else than one object
     */
    public static SlicedObject parseSliced(byte[] utf8, Limits limits) {
        JsonReader reader = new JsonReader(utf8, limits);
        reader.begin();
        if (reader.peek() != '{') {
            throw reader.wrong("expected an object");
        }
        Map<String, Slice> slices = new HashMap<>();
        JsonObject object = reader.object(slices);
        reader.end();
        return new SlicedObject(object, slices);
    }

    /**
     * Where the value of one member of the outermost object stands; the whole text is checked.
     *
     * @throws JsonException when the bytes are anything else than one object
     */
    public static Optional<Slice> locate(byte[] utf8, String name, Limits limits) {
        return parseSliced(utf8, limits).slice(name);
    }

    private void begin() {
        if (in.length > limits.bytesMax()) {
            throw new JsonException(
                    "longer than " + limits.bytesMax() + " bytes", limits.bytesMax());
        }
        if (in.length >= 3
                && in[0] == (byte) 0xef
                && in[1] == (byte) 0xbb
                && in[2] == (byte) 0xbf) {
            throw new JsonException("byte order mark", 0);
        }
        skipSpace();
    }

    private void end() {
        skipSpace();
        if (at < in.length) {
            throw wrong("more text after the value");
        }
    }

    private JsonValue value() {
        if (--valuesLeft < 0) {
            throw wrong("more than " + limits.valuesMax() + " values");
        }
        int first = peek();
        return switch (first) {
            case '{' -> object(null);
            case '[' -> array();
            case '"' -> {
                String text = string();
                yield text.isEmpty() ? JsonString.EMPTY : new JsonString(text);
            }
            case 't' -> literal("true", JsonBoolean.TRUE);
            case 'f' -> literal("false", JsonBoolean.FALSE);
            case 'n' -> literal("null", JsonNull.INSTANCE);
            default -> {
                if (first == '-' || isDigit(first)) {
                    yield number();
                }
                throw wrong(first < 0 ? "unexpected end" : "expected a value");
            }
        };
    }

    private JsonObject object(@Nullable Map<String, Slice> slices) {
        enter();
        at++;
        skipSpace();
        if (peek() == '}') {
            at++;
            depth--;
            return JsonObject.EMPTY;
        }
        Members.Builder members = new Members.Builder();
        while (true) {
            int nameAt = at;
            if (peek() != '"') {
                throw wrong("expected a member name");
            }
            String name = string();
            skipSpace();
            expect(':', "expected ':'");
            skipSpace();
            int valueAt = at;
            if (members.put(name, value()) != null) {
                throw new JsonException("second member of one name", nameAt);
            }
            if (slices != null) {
                slices.put(name, new Slice(valueAt, at - valueAt));
            }
            skipSpace();
            if (peek() == '}') {
                at++;
                depth--;
                return new JsonObject(members.build());
            }
            expect(',', "expected ',' or '}'");
            skipSpace();
        }
    }

    private JsonArray array() {
        enter();
        at++;
        skipSpace();
        if (peek() == ']') {
            at++;
            depth--;
            return JsonArray.EMPTY;
        }
        List<JsonValue> values = new ArrayList<>(4);
        while (true) {
            values.add(value());
            skipSpace();
            if (peek() == ']') {
                at++;
                depth--;
                return new JsonArray(values);
            }
            expect(',', "expected ',' or ']'");
            skipSpace();
        }
    }

    private void enter() {
        if (++depth > limits.depthMax()) {
            throw wrong("more than " + limits.depthMax() + " levels");
        }
    }

    private JsonValue literal(String word, JsonValue value) {
        for (int i = 0; i < word.length(); i++, at++) {
            if (peek() != word.charAt(i)) {
                throw wrong("expected a value");
            }
        }
        return value;
    }

    private JsonNumber number() {
        int start = at;
        boolean negative = peek() == '-';
        if (negative) {
            at++;
        }
        int digitsAt = at;
        long whole = digits();
        if (at - digitsAt > 1 && in[digitsAt] == '0') {
            throw new JsonException("number with a leading zero", digitsAt);
        }
        boolean plain = true;
        if (peek() == '.') {
            plain = false;
            at++;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            plain = false;
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            digits();
        }
        if (plain && at - digitsAt <= Limit.EXACT_DIGITS) {
            return JsonNumber.of(negative ? -whole : whole);
        }
        return decimal(start);
    }

    /** One digit or more; their value, which is meaningless beyond 18 of them. */
    private long digits() {
        int start = at;
        long value = 0;
        while (isDigit(peek())) {
            value = value * 10 + (in[at] - '0');
            at++;
        }
        if (at == start) {
            throw wrong("expected a digit");
        }
        return value;
    }

    private JsonNumber decimal(int start) {
        if (at - start > Limit.NUMBER_BYTES_MAX) {
            throw new JsonException(
                    "number longer than " + Limit.NUMBER_BYTES_MAX + " characters", start);
        }
        double value =
                Double.parseDouble(new String(in, start, at - start, StandardCharsets.ISO_8859_1));
        if (Double.isInfinite(value)) {
            throw new JsonException("number beyond the range of a double", start);
        }
        return new JsonNumber(value);
    }

    /** A string without its quotes; {@link #at} stands on the opening quote. */
    private String string() {
        int start = ++at;
        boolean ascii = true;
        while (true) {
            int c = peek();
            if (c == '"') {
                String text = text(start, ascii);
                at++;
                return text;
            }
            if (c == '\\') {
                return escapedString(start, ascii);
            }
            if (c >= 0x80) {
                ascii = false;
                at = Utf8.next(in, at);
            } else if (c >= 0x20) {
                at++;
            } else {
                throw wrong(c < 0 ? "unexpected end" : "control character in a string");
            }
        }
    }

    private String text(int start, boolean ascii) {
        // A copy of the bytes where all are ASCII; else a decoding of what was checked already.
        return new String(
                in,
                start,
                at - start,
                ascii ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
    }

    /** The rest of a string whose first escape stands at {@link #at}. */
    private String escapedString(int start, boolean ascii) {
        unescaped.setLength(0);
        unescaped.append(text(start, ascii));
        int runStart = at;
        boolean runAscii = true;
        while (true) {
            int c = peek();
            if (c == '"' || c == '\\') {
                unescaped.append(text(runStart, runAscii));
                if (c == '"') {
                    at++;
                    return unescaped.toString();
                }
                escape();
                runStart = at;
                runAscii = true;
            } else if (c >= 0x80) {
                runAscii = false;
                at = Utf8.next(in, at);
            } else if (c >= 0x20) {
                at++;
            } else {
                throw wrong(c < 0 ? "unexpected end" : "control character in a string");
            }
        }
    }

    private void escape() {
        int escapeAt = at++;
        int c = peek();
        if (c == 'u') {
            at++;
            unicodeEscape(escapeAt);
            return;
        }
        unescaped.append(
                switch (c) {
                    case '"', '\\', '/' -> (char) c;
                    case 'b' -> '\b';
                    case 'f' -> '\f';
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 't' -> '\t';
                    default -> throw new JsonException("unknown escape", escapeAt);
                });
        at++;
    }

    private void unicodeEscape(int escapeAt) {
        char first = hex4(escapeAt);
        unescaped.append(first);
        if (!Character.isSurrogate(first)) {
            return;
        }
        // A pair is two escapes in a row: half of it raw is not even UTF-8.
        if (Character.isHighSurrogate(first) && peek() == '\\') {
            at++;
            if (peek() == 'u') {
                at++;
                char second = hex4(escapeAt);
                if (Character.isLowSurrogate(second)) {
                    unescaped.append(second);
                    return;
                }
            }
        }
        throw new JsonException("lone surrogate", escapeAt);
    }

    private char hex4(int escapeAt) {
        int value = 0;
        for (int i = 0; i < 4; i++, at++) {
            int c = peek();
            int digit = c < 0 ? -1 : Character.digit((char) c, 16);
            if (digit < 0) {
                throw new JsonException("unknown escape", escapeAt);
            }
            value = value << 4 | digit;
        }
        return (char) value;
    }

    private void expect(char wanted, String otherwise) {
        if (peek() != wanted) {
            throw wrong(at < in.length ? otherwise : "unexpected end");
        }
        at++;
    }

    private void skipSpace() {
        while (at < in.length) {
            byte c = in[at];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                return;
            }
            at++;
        }
    }

    /** The byte at {@link #at} as 0 to 255; −1 at the end. */
    private int peek() {
        return at < in.length ? in[at] & 0xff : -1;
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private JsonException wrong(String message) {
        return new JsonException(message, at);
    }

    private static final class Limit {
        /** Whole numbers of so many digits are exact as a double. */
        static final int EXACT_DIGITS = 15;

        /** The longest exact decimal of a double has 767 significant digits; more is an attack. */
        static final int NUMBER_BYTES_MAX = 1_100;
    }
}
