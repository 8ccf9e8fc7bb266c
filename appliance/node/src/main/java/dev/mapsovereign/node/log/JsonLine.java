package dev.mapsovereign.node.log;

import java.util.regex.Pattern;

/**
 * Builds one log line: a JSON object whose members stand in the order in which they were added,
 * time first, as people read them. One thread.
 */
final class JsonLine {
    /**
     * A net below the rule that no secret is logged: should one slip through, it is not readable.
     */
    private static final Pattern SECRET =
            Pattern.compile(
                    "(map_(?:live|test)_[A-Za-z0-9]+_|Bearer +|signature=\"?)[A-Za-z0-9_.~+/=-]{8,}");

    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private final StringBuilder text = new StringBuilder(256).append('{');

    JsonLine add(String name, String value) {
        if (text.length() > 1) {
            text.append(',');
        }
        quote(name);
        text.append(':');
        quote(masked(value));
        return this;
    }

    /** A number or a boolean, which JSON writes without quotes. */
    JsonLine addPlain(String name, Object value) {
        if (text.length() > 1) {
            text.append(',');
        }
        quote(name);
        text.append(':').append(value);
        return this;
    }

    String end() {
        return text.append("}\n").toString();
    }

    private static String masked(String value) {
        return value.indexOf('_') < 0 && value.indexOf('=') < 0 && value.indexOf(' ') < 0
                ? value
                : SECRET.matcher(value).replaceAll("$1[redacted]");
    }

    private void quote(String value) {
        text.append('"');
        for (int at = 0; at < value.length(); at++) {
            char character = value.charAt(at);
            switch (character) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (character < ' ' || character == 0x7f) {
                        escape(character);
                    } else if (lone(value, at)) {
                        text.append('\ufffd');
                    } else {
                        text.append(character);
                    }
                }
            }
        }
        text.append('"');
    }

    private static boolean lone(String value, int at) {
        char character = value.charAt(at);
        if (Character.isHighSurrogate(character)) {
            return at + 1 == value.length() || !Character.isLowSurrogate(value.charAt(at + 1));
        }
        return Character.isLowSurrogate(character)
                && (at == 0 || !Character.isHighSurrogate(value.charAt(at - 1)));
    }

    private void escape(char character) {
        text.append("\\u")
                .append(HEX[character >> 12])
                .append(HEX[(character >> 8) & 15])
                .append(HEX[(character >> 4) & 15])
                .append(HEX[character & 15]);
    }
}
