package dev.mapsovereign.base.identity;

/**
 * An OAS identity, {@code did:oas:<namespace>:<kind>:<identifier>}, in its only spelling:
 *
 * <ul>
 *   <li>namespace: a DNS label in lower case, 1 to 63 of {@code [a-z0-9-]}, no hyphen at its ends;
 *   <li>kind: a token of {@link EntityKind}; {@code agent:instance} is one kind;
 *   <li>identifier: 1 to 128 of {@code [A-Za-z0-9._-]}, first a letter or digit. No percent
 *       encoding, since that would give one identity several spellings.
 * </ul>
 *
 * <p>At most 256 bytes. The older form {@code did:l1fe:<role>:<name>} is a value of this type, but
 * only {@link #parse(String, boolean)} makes it from outside text, where an operator allowed it.
 */
public record AgentDid(String text) implements Comparable<AgentDid> {
    private static final String PREFIX = "did:oas:";
    private static final String LEGACY_PREFIX = "did:l1fe:";
    private static final String LEGACY_NAMESPACE = "l1fe";
    private static final String INSTANCE_PREFIX = "agent:instance:";
    private static final int LENGTH_MAX = 256;
    private static final int NAMESPACE_LENGTH_MAX = 63;
    private static final int IDENTIFIER_LENGTH_MAX = 128;

    /**
     * @throws IllegalArgumentException naming the rule that the text breaks
     */
    public AgentDid {
        if (text.length() > LENGTH_MAX) {
            throw refused(text, "must have at most " + LENGTH_MAX + " bytes");
        }
        if (text.startsWith(PREFIX)) {
            requireNamespace(text);
            requireKind(text);
        } else if (text.startsWith(LEGACY_PREFIX)) {
            requireLegacyRole(text);
        } else {
            throw refused(text, "must begin with " + PREFIX);
        }
        requireIdentifier(text);
    }

    /**
     * The identity of that text, {@code did:oas} only.
     *
     * @throws IllegalArgumentException naming the rule that the text breaks
     */
    public static AgentDid parse(String text) {
        return parse(text, false);
    }

    /**
     * The identity of that text.
     *
     * @param legacy whether the older form {@code did:l1fe:<role>:<name>} is taken too
     * @throws IllegalArgumentException naming the rule that the text breaks
     */
    public static AgentDid parse(String text, boolean legacy) {
        if (!legacy && !text.startsWith(PREFIX)) {
            throw refused(text, "must begin with " + PREFIX);
        }
        return new AgentDid(text);
    }

    /** Whether this is the older form {@code did:l1fe}. */
    public boolean isLegacy() {
        return text.startsWith(LEGACY_PREFIX);
    }

    /** The issuing authority; {@code l1fe} for the older form. */
    public String namespace() {
        return isLegacy() ? LEGACY_NAMESPACE : text.substring(PREFIX.length(), kindStart(text) - 1);
    }

    /**
     * What the identity stands for. The older form names a role instead; where that is no kind
     * ({@code router}), it is a program that serves others: {@link EntityKind#SERVICE}.
     */
    public EntityKind kind() {
        int start = kindStart(text);
        return EntityKind.ofToken(text.substring(start, identifierStart(text, start) - 1))
                .orElse(EntityKind.SERVICE);
    }

    /** The last part: a multibase public key, a digest or a name. */
    public String identifier() {
        return text.substring(identifierStart(text, kindStart(text)));
    }

    private static int kindStart(String text) {
        return text.startsWith(LEGACY_PREFIX)
                ? LEGACY_PREFIX.length()
                : text.indexOf(':', PREFIX.length()) + 1;
    }

    private static int identifierStart(String text, int kindStart) {
        return text.startsWith(INSTANCE_PREFIX, kindStart)
                ? kindStart + INSTANCE_PREFIX.length()
                : text.indexOf(':', kindStart) + 1;
    }

    private static void requireNamespace(String text) {
        int start = PREFIX.length();
        int end = text.indexOf(':', start);
        if (end < 0) {
            throw refused(text, "must have the form did:oas:<namespace>:<kind>:<identifier>");
        }
        if (end == start || end - start > NAMESPACE_LENGTH_MAX) {
            throw refused(
                    text, "must have a namespace of 1 to " + NAMESPACE_LENGTH_MAX + " characters");
        }
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            boolean inside = i > start && i < end - 1;
            if (!Names.isLowerAlphanumeric(c) && !(c == '-' && inside)) {
                throw refused(text, "must have a namespace of a-z, 0-9 and inner hyphens");
            }
        }
    }

    private static void requireKind(String text) {
        int start = kindStart(text);
        int end = identifierStart(text, start) - 1;
        if (end < start) {
            throw refused(text, "must have the form did:oas:<namespace>:<kind>:<identifier>");
        }
        if (EntityKind.ofToken(text.substring(start, end)).isEmpty()) {
            throw refused(text, "has an unknown kind");
        }
    }

    private static void requireLegacyRole(String text) {
        int start = LEGACY_PREFIX.length();
        int end = text.indexOf(':', start);
        if (end <= start) {
            throw refused(text, "must have the form did:l1fe:<role>:<name>");
        }
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (!Names.isLowerAlphanumeric(c) && c != '-' && c != '_') {
                throw refused(text, "must have a role of a-z, 0-9, '_' and '-'");
            }
        }
    }

    private static void requireIdentifier(String text) {
        int start = identifierStart(text, kindStart(text));
        int length = text.length() - start;
        if (length == 0 || length > IDENTIFIER_LENGTH_MAX) {
            throw refused(
                    text,
                    "must have an identifier of 1 to " + IDENTIFIER_LENGTH_MAX + " characters");
        }
        if (!Names.isAlphanumeric(text.charAt(start))) {
            throw refused(text, "must have an identifier that begins with a letter or a digit");
        }
        for (int i = start + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Names.isAlphanumeric(c) && c != '.' && c != '_' && c != '-') {
                throw refused(text, "must have an identifier of a-z, A-Z, 0-9, '.', '_' and '-'");
            }
        }
    }

    private static IllegalArgumentException refused(String text, String rule) {
        return new IllegalArgumentException("DID " + Names.quote(text) + " " + rule);
    }

    /** In the order of the text. */
    @Override
    public int compareTo(AgentDid other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
