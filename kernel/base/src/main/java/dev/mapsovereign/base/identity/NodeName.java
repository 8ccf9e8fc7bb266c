package dev.mapsovereign.base.identity;

/**
 * The configured name of a node: {@code [a-z0-9][a-z0-9.-]{0,40}}, no DOS device name. The journal
 * adds its own eight random hex digits, so a name may be used again after a node was rebuilt.
 */
public record NodeName(String value) {
    private static final int LENGTH_MAX = 41;

    /**
     * @throws IllegalArgumentException naming the rule that the text breaks
     */
    public NodeName {
        if (value.isEmpty() || value.length() > LENGTH_MAX) {
            throw refused(value, "must have 1 to " + LENGTH_MAX + " characters");
        }
        if (!Names.isLowerAlphanumeric(value.charAt(0))) {
            throw refused(value, "must begin with a lower-case letter or a digit");
        }
        for (int i = 1; i < value.length(); i++) {
            char c = value.charAt(i);
            if (!Names.isLowerAlphanumeric(c) && c != '.' && c != '-') {
                throw refused(value, "may hold only a-z, 0-9, '.' and '-'");
            }
        }
        if (Names.isDevice(value)) {
            throw refused(value, "is a device name on some systems that read the export media");
        }
    }

    /**
     * The node of that name.
     *
     * @throws IllegalArgumentException naming the rule that the text breaks
     */
    public static NodeName of(String value) {
        return new NodeName(value);
    }

    private static IllegalArgumentException refused(String value, String rule) {
        return new IllegalArgumentException("node name " + Names.quote(value) + " " + rule);
    }

    @Override
    public String toString() {
        return value;
    }
}
