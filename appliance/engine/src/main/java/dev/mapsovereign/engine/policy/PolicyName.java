package dev.mapsovereign.engine.policy;

import java.util.regex.Pattern;

/**
 * One version of one policy.
 *
 * @param id {@code [a-z0-9][a-z0-9._-]{0,63}}, such as {@code ops.market_size_cap}
 * @param version such as {@code v1.0.0}, at most 20 characters
 */
public record PolicyName(String id, String version) implements Comparable<PolicyName> {
    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final Pattern VERSION =
            Pattern.compile("v(0|[1-9][0-9]{0,5})(\\.(0|[1-9][0-9]{0,5})){2}");

    /**
     * @throws IllegalArgumentException naming the rule that a part breaks
     */
    public PolicyName {
        requireId(id);
        if (!VERSION.matcher(version).matches()) {
            throw new IllegalArgumentException(
                    "a policy's version has the form v1.0.0, not " + version);
        }
    }

    /**
     * @throws IllegalArgumentException for what cannot be a policy's id
     */
    public static void requireId(String id) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "a policy's id has 1 to 64 of a-z, 0-9, '.', '_' and '-', first a letter or"
                            + " digit; not "
                            + id);
        }
    }

    @Override
    public int compareTo(PolicyName other) {
        int byId = id.compareTo(other.id);
        return byId != 0 ? byId : version.compareTo(other.version);
    }

    /** Id and version, as messages name it. */
    @Override
    public String toString() {
        return id + " " + version;
    }
}
