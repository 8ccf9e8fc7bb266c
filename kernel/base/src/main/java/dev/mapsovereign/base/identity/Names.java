package dev.mapsovereign.base.identity;

import java.util.Set;

/** The character rules that the names of this package share. */
final class Names {
    /**
     * Names that Windows resolves to devices whatever the folder or extension. A tenant or node
     * name becomes a folder on a medium that such a machine may have to read.
     */
    private static final Set<String> DEVICES =
            Set.of(
                    "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5",
                    "com6", "com7", "com8", "com9", "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5",
                    "lpt6", "lpt7", "lpt8", "lpt9");

    /** How much of a refused name an exception repeats: enough to find it, not enough to flood. */
    private static final int QUOTE_CHARS_MAX = 80;

    private Names() {}

    static boolean isLowerAlphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }

    static boolean isAlphanumeric(char c) {
        return isLowerAlphanumeric(c) || (c >= 'A' && c <= 'Z');
    }

    /** Whether {@code name}, up to its first dot, is a DOS device name; expects lower case. */
    static boolean isDevice(String name) {
        int dot = name.indexOf('.');
        return DEVICES.contains(dot < 0 ? name : name.substring(0, dot));
    }

    /** The refused text in quotes, shortened, with control characters made visible. */
    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        int end = Math.min(text.length(), QUOTE_CHARS_MAX);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (c < 0x20 || c > 0x7e) {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append(end < text.length() ? "…\"" : "\"").toString();
    }
}
