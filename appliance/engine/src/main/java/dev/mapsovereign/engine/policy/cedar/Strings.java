package dev.mapsovereign.engine.policy.cedar;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** String literals: Rust's escapes, and in patterns {@code \*} for a star that is meant. */
final class Strings {
    private static final int CODE_POINT_DIGITS_MAX = 6;

    private Strings() {}

    /** An error in a literal, without its place. */
    static final class EscapeException extends Exception {
        private static final long serialVersionUID = 1L;

        EscapeException(String message) {
            super(message);
        }
    }

    /** Takes what an escape gives. */
    private interface Sink {
        void put(int codePoint);

        /** An escape of patterns alone; false where it is none here. */
        default boolean star() {
            return false;
        }
    }

    /** What the literal between the quotes stands for. */
    static String text(String raw) throws EscapeException {
        StringBuilder text = new StringBuilder(raw.length());
        read(raw, text::appendCodePoint);
        return text.toString();
    }

    /** The pattern between the quotes. A star is one however it is written, but for {@code \*}. */
    static Wildcard pattern(String raw) throws EscapeException {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        read(
                raw,
                new Sink() {
                    @Override
                    public void put(int codePoint) {
                        if (codePoint == '*') {
                            parts.add(part.toString());
                            part.setLength(0);
                        } else {
                            part.appendCodePoint(codePoint);
                        }
                    }

                    @Override
                    public boolean star() {
                        part.append('*');
                        return true;
                    }
                });
        parts.add(part.toString());
        return new Wildcard(parts);
    }

    private static void read(String raw, Sink sink) throws EscapeException {
        int i = 0;
        while (i < raw.length()) {
            int c = raw.codePointAt(i);
            i += Character.charCount(c);
            if (c == '\r') {
                throw new EscapeException("a carriage return in a string is written \\r");
            }
            if (c != '\\') {
                sink.put(c);
                continue;
            }
            int escape = raw.codePointAt(i);
            i += Character.charCount(escape);
            switch (escape) {
                case 'n' -> sink.put('\n');
                case 'r' -> sink.put('\r');
                case 't' -> sink.put('\t');
                case '0' -> sink.put(0);
                case '\\', '"', '\'' -> sink.put(escape);
                case 'x' -> {
                    sink.put(ascii(raw, i));
                    i += 2;
                }
                case 'u' -> {
                    int end = raw.indexOf('}', i);
                    sink.put(codePoint(raw, i, end));
                    i = end + 1;
                }
                default -> {
                    if (escape != '*' || !sink.star()) {
                        throw new EscapeException(
                                "\\" + Character.toString(escape) + " is no escape in a string");
                    }
                }
            }
        }
    }

    private static int ascii(String raw, int from) throws EscapeException {
        if (from + 2 <= raw.length()
                && HexFormat.isHexDigit(raw.charAt(from))
                && HexFormat.isHexDigit(raw.charAt(from + 1))) {
            int value = HexFormat.fromHexDigits(raw, from, from + 2);
            if (value <= 0x7f) {
                return value;
            }
        }
        throw new EscapeException("\\x takes two hex digits from 00 to 7f; else write \\u{…}");
    }

    private static int codePoint(String raw, int from, int end) throws EscapeException {
        if (end > from && raw.charAt(from) == '{' && raw.charAt(from + 1) != '_') {
            String digits = raw.substring(from + 1, end).replace("_", "");
            if (!digits.isEmpty()
                    && digits.length() <= CODE_POINT_DIGITS_MAX
                    && digits.chars().allMatch(HexFormat::isHexDigit)) {
                int value = HexFormat.fromHexDigits(digits);
                if (Character.isValidCodePoint(value)
                        && (value < Character.MIN_SURROGATE || value > Character.MAX_SURROGATE)) {
                    return value;
                }
            }
        }
        throw new EscapeException(
                "\\u takes one to six hex digits of a character in braces, such as \\u{e9}");
    }

    /** The literal of a text, for messages. */
    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints()
                .forEach(c -> {
                    switch (c) {
                        case '\n' -> quoted.append("\\n");
                        case '\r' -> quoted.append("\\r");
                        case '\t' -> quoted.append("\\t");
                        case '"', '\\' -> quoted.append('\\').append((char) c);
                        default -> {
                            if (c < ' ' || c == 0x7f) {
                                quoted.append("\\u{").append(Integer.toHexString(c)).append('}');
                            } else {
                                quoted.appendCodePoint(c);
                            }
                        }
                    }
                });
        return quoted.append('"').toString();
    }
}
