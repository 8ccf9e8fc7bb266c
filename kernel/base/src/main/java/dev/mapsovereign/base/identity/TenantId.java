package dev.mapsovereign.base.identity;

/**
 * The organization in whose scope a call runs: {@code [a-z0-9][a-z0-9_-]{0,31}}. It names a folder
 * on export media, so DOS device names are refused.
 */
public record TenantId(String value) implements Comparable<TenantId> {
    private static final int LENGTH_MAX = 32;
    private static final String NODE_VALUE = "_node";

    /** The scope of the node's own records; the only id that begins with an underscore. */
    public static final TenantId NODE = new TenantId(NODE_VALUE);

    /**
     * @throws IllegalArgumentException naming the rule that the text breaks
     */
    public TenantId {
        if (!value.equals(NODE_VALUE)) {
            requireName(value);
        }
    }

    /**
     * The tenant of that id.
     *
     * @throws IllegalArgumentException naming the rule that the text breaks
     */
    public static TenantId of(String value) {
        return new TenantId(value);
    }

    /** Whether this is the node's own scope. */
    public boolean isNode() {
        return value.equals(NODE_VALUE);
    }

    private static void requireName(String value) {
        if (value.isEmpty() || value.length() > LENGTH_MAX) {
            throw refused(value, "must have 1 to " + LENGTH_MAX + " characters");
        }
        if (!Names.isLowerAlphanumeric(value.charAt(0))) {
            throw refused(value, "must begin with a lower-case letter or a digit");
        }
        for (int i = 1; i < value.length(); i++) {
            char c = value.charAt(i);
            if (!Names.isLowerAlphanumeric(c) && c != '_' && c != '-') {
                throw refused(value, "may hold only a-z, 0-9, '_' and '-'");
            }
        }
        if (Names.isDevice(value)) {
            throw refused(value, "is a device name on some systems that read the export media");
        }
    }

    private static IllegalArgumentException refused(String value, String rule) {
        return new IllegalArgumentException("tenant id " + Names.quote(value) + " " + rule);
    }

    /** In the order of the text. */
    @Override
    public int compareTo(TenantId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
