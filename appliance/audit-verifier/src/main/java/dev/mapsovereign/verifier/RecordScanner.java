package dev.mapsovereign.verifier;

import java.nio.charset.StandardCharsets;

/**
 * Says whether bytes are a record in RFC 8785 form, without building anything.
 *
 * <p>The rule is: parse strictly, write canonically, compare (CONTRACT of the format: a record has
 * one spelling). Done literally that costs five times what hashing the record costs. But RFC 8785
 * with whole numbers only is a regular enough language to be recognized in one pass: member names
 * strictly ascend (which excludes duplicates), there is no blank, numbers have one spelling, and a
 * string escapes exactly what must be escaped. A record is accepted here if and only if the slow
 * way gives back its bytes; a test holds the two against each other.
 *
 * <p>Member names are {@code [a-z0-9_]{1,64}}, so their order by UTF-16 units is that of bytes. For
 * one thread.
 */
final class RecordScanner {
    /** What does not hold, and where. */
    static final class RecordException extends Exception {
        @java.io.Serial private static final long serialVersionUID = 1L;

        private RecordException(String message) {
            // Thrown once at most, but a verifier should not be slow to say no either.
            super(message, null, false, false);
        }
    }

    private static final byte[] VERSION = ascii("v");
    private static final byte[] INDEX = ascii("index");
    private static final byte[] TENANT = ascii("tenant_id");

    private static final long WHOLE_MAX = (1L << 53) - 1;

    /** Digits of {@link #WHOLE_MAX}. */
    private static final int WHOLE_DIGITS_MAX = 16;

    private static final byte[] SHORT_ESCAPES = ascii("\"\\bfnrt");

    /** Bytes that stand for themselves in a string and need no second look. */
    private static final boolean[] PLAIN = new boolean[256];

    /** Bytes of a member name. */
    private static final boolean[] NAME = new boolean[256];

    static {
        for (int c = 0x20; c < 0x80; c++) {
            PLAIN[c] = c != '"' && c != '\\';
            NAME[c] = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        }
    }

    private final byte[] tenant;

    private byte[] in = {};
    private int start;
    private int at;
    private int end;
    private long index;
    private int identified;

    /**
     * @param tenantId whose records these are
     */
    RecordScanner(String tenantId) {
        this.tenant = ascii(tenantId);
    }

    /**
     * Checks the record in {@code bytes[from, from + length)}.
     *
     * @param position the index that it must state
     */
    void check(byte[] bytes, int from, int length, long position) throws RecordException {
        if (length > Limits.RECORD_BYTES_MAX) {
            throw new RecordException("a record of " + length + " bytes");
        }
        in = bytes;
        start = from;
        at = from;
        end = from + length;
        index = position;
        identified = 0;
        if (at == end || in[at] != '{') {
            throw bad("not an object");
        }
        object(1);
        if (at != end) {
            throw bad("bytes behind the record");
        }
        // Each is counted once at most, since names ascend.
        if (identified != 3) {
            throw bad("not all of v, index and tenant_id");
        }
    }

    private void value(int depth) throws RecordException {
        switch (peek()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        }
    }

    private void object(int depth) throws RecordException {
        requireDepth(depth);
        at++;
        if (peek() == '}') {
            at++;
            return;
        }
        int previousFrom = at;
        int previousLength = 0;
        while (true) {
            take('"');
            int nameFrom = at;
            int nameLength = name();
            if (!ascends(previousFrom, previousLength, nameFrom, nameLength)) {
                throw bad("a member twice, or out of order");
            }
            take(':');
            int valueFrom = at;
            value(depth + 1);
            if (depth == 1) {
                identify(nameFrom, nameLength, valueFrom);
            }
            if (peek() != ',') {
                break;
            }
            at++;
            previousFrom = nameFrom;
            previousLength = nameLength;
        }
        take('}');
    }

    private void array(int depth) throws RecordException {
        requireDepth(depth);
        at++;
        if (peek() == ']') {
            at++;
            return;
        }
        value(depth + 1);
        while (peek() == ',') {
            at++;
            value(depth + 1);
        }
        take(']');
    }

    private int name() throws RecordException {
        int from = at;
        while (at < end && NAME[in[at] & 0xff]) {
            at++;
        }
        int length = at - from;
        if (length == 0 || length > Limits.MEMBER_NAME_LENGTH_MAX) {
            throw bad("a member name that no record has");
        }
        take('"');
        return length;
    }

    private boolean ascends(int previousFrom, int previousLength, int from, int length) {
        int common = Math.min(previousLength, length);
        for (int i = 0; i < common; i++) {
            int difference = in[from + i] - in[previousFrom + i];
            if (difference != 0) {
                return difference > 0;
            }
        }
        return length > previousLength;
    }

    /** The three members that say where a record belongs. */
    private void identify(int nameFrom, int nameLength, int valueFrom) throws RecordException {
        // Most names are none of them, and their first letter says so.
        int letter = in[nameFrom];
        if (letter == 'v' && is(VERSION, nameFrom, nameLength)) {
            if (at != valueFrom + 1 || in[valueFrom] != '1') {
                throw bad("v is not 1");
            }
            identified++;
        } else if (letter == 'i' && is(INDEX, nameFrom, nameLength)) {
            if (!isText(ascii(Long.toString(index)), valueFrom)) {
                throw bad("index is not the record's position");
            }
            identified++;
        } else if (letter == 't' && is(TENANT, nameFrom, nameLength)) {
            if (!isText(tenant, valueFrom)) {
                throw bad("tenant_id is not that of the log");
            }
            identified++;
        }
    }

    private boolean isText(byte[] text, int valueFrom) {
        return in[valueFrom] == '"' && is(text, valueFrom + 1, at - valueFrom - 2);
    }

    private boolean is(byte[] word, int from, int length) {
        if (length != word.length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (in[from + i] != word[i]) {
                return false;
            }
        }
        return true;
    }

    private void string() throws RecordException {
        at++;
        while (true) {
            while (at < end && PLAIN[in[at] & 0xff]) {
                at++;
            }
            int c = peek();
            if (c == '"') {
                at++;
                return;
            }
            if (c == '\\') {
                escape();
            } else if (c < 0x20) {
                throw bad("a control character that is not escaped");
            } else {
                multiByte(c);
            }
        }
    }

    /** RFC 8785 §3.2.2.2: the short form where there is one, else four lower-case digits. */
    private void escape() throws RecordException {
        at++;
        int c = peek();
        at++;
        for (byte known : SHORT_ESCAPES) {
            if (c == known) {
                return;
            }
        }
        if (c != 'u' || take() != '0' || take() != '0') {
            throw bad("an escape where the character itself stands in RFC 8785 form");
        }
        int high = take() - '0';
        int low = hexDigit(take());
        int character = 16 * high + low;
        boolean shortForm =
                character == '\b'
                        || character == '\f'
                        || character == '\n'
                        || character == '\r'
                        || character == '\t';
        if (high < 0 || high > 1 || low < 0 || shortForm) {
            throw bad("an escape where another form stands in RFC 8785 form");
        }
    }

    private static int hexDigit(int c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }

    /** Well-formed UTF-8 only (Unicode table 3-7): no overlong form, no surrogate, no end. */
    private void multiByte(int lead) throws RecordException {
        int more;
        int lowest = 0x80;
        int highest = 0xbf;
        if (lead >= 0xc2 && lead <= 0xdf) {
            more = 1;
        } else if (lead >= 0xe0 && lead <= 0xef) {
            more = 2;
            lowest = lead == 0xe0 ? 0xa0 : 0x80;
            highest = lead == 0xed ? 0x9f : 0xbf;
        } else if (lead >= 0xf0 && lead <= 0xf4) {
            more = 3;
            lowest = lead == 0xf0 ? 0x90 : 0x80;
            highest = lead == 0xf4 ? 0x8f : 0xbf;
        } else {
            throw bad("not UTF-8");
        }
        at++;
        for (int i = 0; i < more; i++) {
            int c = take();
            if (c < lowest || c > highest) {
                throw bad("not UTF-8");
            }
            lowest = 0x80;
            highest = 0xbf;
        }
    }

    private void number() throws RecordException {
        boolean negative = peek() == '-';
        if (negative) {
            at++;
        }
        int from = at;
        long number = 0;
        while (at < end && in[at] >= '0' && in[at] <= '9' && at - from < WHOLE_DIGITS_MAX) {
            number = 10 * number + in[at] - '0';
            at++;
        }
        int digits = at - from;
        boolean zero = digits > 0 && in[from] == '0';
        if (digits == 0 || number > WHOLE_MAX || (zero && (digits > 1 || negative))) {
            throw bad("not a whole number within 2^53-1 in its one spelling");
        }
    }

    private void word(String word) throws RecordException {
        for (int i = 0; i < word.length(); i++) {
            take(word.charAt(i));
        }
    }

    private void requireDepth(int depth) throws RecordException {
        if (depth > Limits.RECORD_DEPTH_MAX) {
            throw bad("nested too deeply");
        }
    }

    private void take(int expected) throws RecordException {
        if (take() != expected) {
            at--;
            throw bad("another character than RFC 8785 form has here");
        }
    }

    private int take() throws RecordException {
        int c = peek();
        at++;
        return c;
    }

    private int peek() throws RecordException {
        if (at >= end) {
            throw bad("ends too early");
        }
        return in[at] & 0xff;
    }

    private RecordException bad(String what) {
        return new RecordException(what + ", at byte " + (at - start));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
