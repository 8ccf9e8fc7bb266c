package dev.mapsovereign.config;

import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/** Values of the file as messages show them: short, on one line, told apart by type. */
final class Shown {
    private Shown() {}

    static String value(Object value) {
        return switch (value) {
            case String text -> quote(text);
            case TomlTable table -> "a table";
            case TomlArray array -> "a list";
            default -> String.valueOf(value);
        };
    }

    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        int end = Math.min(text.length(), Limits.QUOTE_CHARS_MAX);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            quoted.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
        }
        return quoted.append(end < text.length() ? "…\"" : "\"").toString();
    }
}
