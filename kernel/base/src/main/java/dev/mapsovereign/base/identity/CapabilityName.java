package dev.mapsovereign.base.identity;

/**
 * The right to call: {@code map.<protocol>.<operation>}, or one of the patterns {@code
 * map.<protocol>.*} and {@code map.*.*}. The protocol is lower case ({@code [a-z0-9_-]}); an
 * operation is one or more parts of {@code [A-Za-z0-9_-]} joined by dots. Nothing else is a
 * pattern: a wildcard inside a name would be read differently by two people.
 */
public record CapabilityName(String value) {
    private static final String PREFIX = "map.";
    private static final String ANY = "*";
    private static final int PROTOCOL_LENGTH_MAX = 64;
    private static final int LENGTH_MAX = 200;

    /**
     * @throws IllegalArgumentException naming the rule that the text breaks
     */
    public CapabilityName {
        if (value.length() > LENGTH_MAX) {
            throw refused(value, "must have at most " + LENGTH_MAX + " characters");
        }
        int dot = value.indexOf('.', PREFIX.length());
        if (!value.startsWith(PREFIX) || dot < 0) {
            throw refused(value, "must have the form map.<protocol>.<operation>");
        }
        requireProtocol(value, dot);
        requireOperation(value, dot + 1);
    }

    /**
     * The capability that a call of this operation needs; the protocol's case does not matter. Both
     * parts come from a caller, so neither may be a wildcard here.
     *
     * @throws IllegalArgumentException naming the rule that a part breaks
     */
    public static CapabilityName of(String protocol, String operation) {
        CapabilityName name = new CapabilityName(PREFIX + lowerAscii(protocol) + "." + operation);
        // A dot in the protocol would move the border to the operation: "a.b" and "c" is not
        // protocol a, operation b.c.
        if (name.isPattern() || protocol.indexOf('.') >= 0) {
            throw refused(name.value, "must name one protocol and one operation");
        }
        return name;
    }

    /** The protocol in lower case, or {@code *}. */
    public String protocol() {
        return value.substring(PREFIX.length(), value.indexOf('.', PREFIX.length()));
    }

    /** The operation, or {@code *}. */
    public String operation() {
        return value.substring(value.indexOf('.', PREFIX.length()) + 1);
    }

    /** Whether this stands for more than one operation. */
    public boolean isPattern() {
        return value.charAt(value.length() - 1) == '*';
    }

    /**
     * Whether whoever holds this may do all that {@code wanted} names. A pattern covers itself and
     * narrower patterns; a plain name covers only itself.
     */
    public boolean covers(CapabilityName wanted) {
        if (!isPattern()) {
            return value.equals(wanted.value);
        }
        // "map.max.*" covers what begins with "map.max."; "map.*.*" everything.
        return value.charAt(PREFIX.length()) == '*'
                || wanted.value.startsWith(value.substring(0, value.length() - 1));
    }

    /** Leaves everything beyond ASCII: String.toLowerCase makes a k of the Kelvin sign. */
    private static String lowerAscii(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            lower.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
        }
        return lower.toString();
    }

    private static void requireProtocol(String value, int end) {
        int length = end - PREFIX.length();
        if (length == 0 || length > PROTOCOL_LENGTH_MAX) {
            throw refused(
                    value, "must name a protocol of 1 to " + PROTOCOL_LENGTH_MAX + " characters");
        }
        if (length == 1 && value.charAt(PREFIX.length()) == '*') {
            if (!value.substring(end + 1).equals(ANY)) {
                throw refused(value, "may leave the protocol open only as map.*.*");
            }
            return;
        }
        for (int i = PREFIX.length(); i < end; i++) {
            char c = value.charAt(i);
            if (!Names.isLowerAlphanumeric(c) && c != '_' && c != '-') {
                throw refused(value, "may hold only a-z, 0-9, '_' and '-' in its protocol");
            }
        }
    }

    private static void requireOperation(String value, int start) {
        if (value.substring(start).equals(ANY)) {
            return;
        }
        boolean partEmpty = true;
        for (int i = start; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '.' && !partEmpty) {
                partEmpty = true;
            } else if (Names.isAlphanumeric(c) || c == '_' || c == '-') {
                partEmpty = false;
            } else {
                throw refused(
                        value, "must name an operation of a-z, A-Z, 0-9, '_', '-' joined by dots");
            }
        }
        if (partEmpty) {
            throw refused(value, "must name an operation and not end in a dot");
        }
    }

    private static IllegalArgumentException refused(String value, String rule) {
        return new IllegalArgumentException("capability " + Names.quote(value) + " " + rule);
    }

    @Override
    public String toString() {
        return value;
    }
}
