package dev.mapsovereign.base.json;

import dev.mapsovereign.base.error.Invariant;
import dev.mapsovereign.base.error.InvariantException;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes RFC 8785 JSON straight into bytes, for records that are written too often to build a tree
 * first. The caller gives members in ascending order of their names (UTF-16 units, RFC 8785
 * §3.2.3); the writer checks that order, the nesting and the text, and fails as an invariant when
 * they are wrong, so that no bytes leave it that are not canonical. {@link #raw} alone trusts.
 *
 * <p>For one thread; {@link #reset()} keeps the buffer for the next record.
 */
public final class CanonicalWriter {
    private static final int CAPACITY_FIRST = 512;

    /** As deep as a reader can read. */
    private static final int DEPTH_MAX = 256;

    private static final byte[] HEX = {
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
    };

    private byte[] out;
    private int size;
    private int depth;

    /** For each open level: whether it is an object. */
    private boolean[] objects = new boolean[8];

    /** For each open object: its newest name, null before the first. */
    private @Nullable String[] names = new @Nullable String[8];

    /** A value may come next: at the start, in an array, after a name. */
    private boolean valueExpected = true;

    /** Something of this level stands before the next element. */
    private boolean commaDue;

    /** A writer with a small buffer that grows as needed. */
    public CanonicalWriter() {
        this(CAPACITY_FIRST);
    }

    /** A writer whose buffer holds {@code capacity} bytes before it grows. */
    public CanonicalWriter(int capacity) {
        out = new byte[Math.max(capacity, 16)];
    }

    public CanonicalWriter beginObject() {
        open(true, '{');
        valueExpected = false;
        return this;
    }

    public CanonicalWriter endObject() {
        Invariant.check(
                depth > 0 && objects[depth - 1] && !valueExpected, "an object is open to be ended");
        close('}');
        return this;
    }

    public CanonicalWriter beginArray() {
        open(false, '[');
        return this;
    }

    public CanonicalWriter endArray() {
        Invariant.check(depth > 0 && !objects[depth - 1], "an array is open to be ended");
        close(']');
        return this;
    }

    /** The name of the next member; after all names of this object that were written before. */
    public CanonicalWriter name(String name) {
        Invariant.check(
                depth > 0 && objects[depth - 1] && !valueExpected, "a name stands in an object");
        String previous = names[depth - 1];
        if (previous != null && previous.compareTo(name) >= 0) {
            throw new InvariantException("member " + name + " must come before " + previous);
        }
        names[depth - 1] = name;
        comma();
        quoted(name);
        put((byte) ':');
        valueExpected = true;
        return this;
    }

    /**
     * A text.
     *
     * @throws IllegalArgumentException for a lone surrogate
     */
    public CanonicalWriter string(String value) {
        beforeValue();
        quoted(value);
        afterValue();
        return this;
    }

    /**
     * A whole number.
     *
     * @throws IllegalArgumentException beyond ±(2^53 − 1)
     */
    public CanonicalWriter integer(long value) {
        if (value > JsonNumber.WHOLE_MAX || value < -JsonNumber.WHOLE_MAX) {
            throw new IllegalArgumentException(value + " is beyond the whole numbers of I-JSON");
        }
        beforeValue();
        digits(value);
        afterValue();
        return this;
    }

    public CanonicalWriter bool(boolean value) {
        return word(value ? "true" : "false");
    }

    public CanonicalWriter nothing() {
        return word("null");
    }

    /** A value whose bytes are canonical already; nothing of them is checked. */
    public CanonicalWriter raw(byte[] canonical) {
        beforeValue();
        reserve(canonical.length);
        System.arraycopy(canonical, 0, out, size, canonical.length);
        size += canonical.length;
        afterValue();
        return this;
    }

    /** A whole value, its members brought into order. */
    public CanonicalWriter value(JsonValue value) {
        switch (value) {
            case JsonObject object -> object(object.members());
            case JsonArray array -> {
                beginArray();
                for (JsonValue element : array.values()) {
                    value(element);
                }
                endArray();
            }
            case JsonString(String text) -> string(text);
            case JsonNumber number -> number(number);
            case JsonBoolean(boolean truth) -> bool(truth);
            case JsonNull() -> nothing();
        }
        return this;
    }

    /** How many bytes there are by now. */
    public int size() {
        return size;
    }

    /** A copy of the bytes; everything that was begun must have been ended. */
    public byte[] toByteArray() {
        Invariant.check(depth == 0 && !valueExpected, "one whole value was written");
        return Arrays.copyOf(out, size);
    }

    /** Forgets what was written and keeps the buffer. */
    public CanonicalWriter reset() {
        size = 0;
        depth = 0;
        valueExpected = true;
        commaDue = false;
        return this;
    }

    private void object(Map<String, JsonValue> members) {
        beginObject();
        String[] ordered = members.keySet().toArray(new String[0]);
        Arrays.sort(ordered);
        for (String name : ordered) {
            name(name);
            value(Objects.requireNonNull(members.get(name)));
        }
        endObject();
    }

    private void number(JsonNumber number) {
        if (number.isWhole()) {
            integer(number.longValue());
        } else {
            word(EcmaScriptNumber.text(number.value()));
        }
    }

    private CanonicalWriter word(String ascii) {
        beforeValue();
        ascii(ascii);
        afterValue();
        return this;
    }

    private void open(boolean object, char bracket) {
        beforeValue();
        Invariant.check(depth < DEPTH_MAX, "at most " + DEPTH_MAX + " levels are open");
        if (depth == objects.length) {
            objects = Arrays.copyOf(objects, 2 * depth);
            names = Arrays.copyOf(names, 2 * depth);
        }
        objects[depth] = object;
        names[depth] = null;
        depth++;
        put((byte) bracket);
        commaDue = false;
    }

    private void close(char bracket) {
        depth--;
        put((byte) bracket);
        afterValue();
    }

    private void beforeValue() {
        Invariant.check(valueExpected, "a value stands at the start, in an array or after a name");
        if (depth > 0 && !objects[depth - 1]) {
            comma();
        }
    }

    private void afterValue() {
        commaDue = true;
        valueExpected = depth > 0 && !objects[depth - 1];
    }

    private void comma() {
        if (commaDue) {
            put((byte) ',');
        }
    }

    private void quoted(String text) {
        int length = text.length();
        // Most texts are plain ASCII: one byte a character and no look at the capacity in between.
        reserve(length + 2);
        byte[] target = out;
        int end = size;
        target[end++] = '"';
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80) {
                size = end;
                quotedRest(text, i);
                return;
            }
            target[end++] = (byte) c;
        }
        target[end++] = '"';
        size = end;
    }

    /** The rest of a text from the first character on that is not written as itself. */
    private void quotedRest(String text, int from) {
        int length = text.length();
        for (int i = from; i < length; i++) {
            // The longest form: an escape of six bytes.
            reserve(6);
            char c = text.charAt(i);
            if (c < 0x80) {
                asciiCharacter(c);
            } else if (c < 0x800) {
                out[size++] = (byte) (0xc0 | (c >> 6));
                out[size++] = (byte) (0x80 | (c & 0x3f));
            } else if (!Character.isSurrogate(c)) {
                out[size++] = (byte) (0xe0 | (c >> 12));
                out[size++] = (byte) (0x80 | ((c >> 6) & 0x3f));
                out[size++] = (byte) (0x80 | (c & 0x3f));
            } else {
                surrogatePair(text, i++);
            }
        }
        put((byte) '"');
    }

    private void asciiCharacter(char c) {
        if (c >= 0x20 && c != '"' && c != '\\') {
            out[size++] = (byte) c;
            return;
        }
        out[size++] = '\\';
        switch (c) {
            case '"', '\\' -> out[size++] = (byte) c;
            case '\b' -> out[size++] = 'b';
            case '\t' -> out[size++] = 't';
            case '\n' -> out[size++] = 'n';
            case '\f' -> out[size++] = 'f';
            case '\r' -> out[size++] = 'r';
            default -> {
                out[size++] = 'u';
                out[size++] = '0';
                out[size++] = '0';
                out[size++] = HEX[c >> 4];
                out[size++] = HEX[c & 0xf];
            }
        }
    }

    private void surrogatePair(String text, int i) {
        char high = text.charAt(i);
        if (!Character.isHighSurrogate(high)
                || i + 1 == text.length()
                || !Character.isLowSurrogate(text.charAt(i + 1))) {
            throw new IllegalArgumentException("lone surrogate at character " + i);
        }
        int point = Character.toCodePoint(high, text.charAt(i + 1));
        out[size++] = (byte) (0xf0 | (point >> 18));
        out[size++] = (byte) (0x80 | ((point >> 12) & 0x3f));
        out[size++] = (byte) (0x80 | ((point >> 6) & 0x3f));
        out[size++] = (byte) (0x80 | (point & 0x3f));
    }

    /** Within ±(2^53 − 1), so at most 16 digits and a sign. */
    private void digits(long value) {
        reserve(17);
        long rest = value;
        if (rest < 0) {
            out[size++] = '-';
            rest = -rest;
        }
        int count = 1;
        for (long power = 10; power <= rest; power *= 10) {
            count++;
        }
        for (int i = size + count - 1; i >= size; i--) {
            out[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        size += count;
    }

    private void ascii(String text) {
        reserve(text.length());
        for (int i = 0; i < text.length(); i++) {
            out[size++] = (byte) text.charAt(i);
        }
    }

    private void put(byte b) {
        reserve(1);
        out[size++] = b;
    }

    private void reserve(int more) {
        if (out.length - size < more) {
            out = Arrays.copyOf(out, Math.max(2 * out.length, Math.addExact(size, more)));
        }
    }
}
