package dev.mapsovereign.engine.module;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Version of a protocol's implementation: {@code v1.0.0}, {@code v2.1.0-beta.1}.
 *
 * <p>Ordered as Semantic Versioning 2.0 §11 orders: a pre-release is lower than its release, and
 * its parts compare as numbers where both are numbers. Build metadata is not accepted, since two
 * versions that differ only in it would have no order.
 *
 * @param major 0 to 999,999
 * @param minor 0 to 999,999
 * @param patch 0 to 999,999
 * @param preRelease the text after the hyphen; empty for a stable version
 */
public record ProtocolVersion(int major, int minor, int patch, Optional<String> preRelease)
        implements Comparable<ProtocolVersion> {
    private static final String NUMBER = "(0|[1-9][0-9]{0,5})";
    private static final Pattern PRE_RELEASE =
            Pattern.compile(
                    "(?:0|[1-9][0-9]{0,8}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
                            + "(?:\\.(?:0|[1-9][0-9]{0,8}|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*");
    private static final Pattern FORM =
            Pattern.compile("v" + NUMBER + "\\." + NUMBER + "\\." + NUMBER + "(?:-(.+))?");
    private static final int LENGTH_MAX = 64;
    private static final Comparator<ProtocolVersion> NUMBERS =
            Comparator.comparingInt(ProtocolVersion::major)
                    .thenComparingInt(ProtocolVersion::minor)
                    .thenComparingInt(ProtocolVersion::patch);

    /** Refuses numbers out of range and malformed pre-release texts. */
    public ProtocolVersion {
        if (Math.min(major, Math.min(minor, patch)) < 0
                || Math.max(major, Math.max(minor, patch)) > 999_999) {
            throw new IllegalArgumentException("version number out of range");
        }
        preRelease.ifPresent(text -> {
            if (!PRE_RELEASE.matcher(text).matches()) {
                throw new IllegalArgumentException("malformed pre-release: " + text);
            }
        });
    }

    /** A stable version. */
    public static ProtocolVersion of(int major, int minor, int patch) {
        return new ProtocolVersion(major, minor, patch, Optional.empty());
    }

    /**
     * Reads {@code v1.0.0} or {@code v1.0.0-beta.1}.
     *
     * @throws IllegalArgumentException when the text has another form
     */
    public static ProtocolVersion parse(String text) {
        return tryParse(text)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "not a version of the form v1.0.0 or v1.0.0-beta.1"));
    }

    /** As {@link #parse}, empty when the text has another form. */
    public static Optional<ProtocolVersion> tryParse(String text) {
        if (text.length() > LENGTH_MAX) {
            return Optional.empty();
        }
        var match = FORM.matcher(text);
        if (!match.matches()) {
            return Optional.empty();
        }
        Optional<String> preRelease = Optional.ofNullable(match.group(4));
        if (preRelease.isPresent() && !PRE_RELEASE.matcher(preRelease.get()).matches()) {
            return Optional.empty();
        }
        return Optional.of(
                new ProtocolVersion(
                        Integer.parseInt(match.group(1)),
                        Integer.parseInt(match.group(2)),
                        Integer.parseInt(match.group(3)),
                        preRelease));
    }

    /** Whether it is meant for everybody: not a pre-release. */
    public boolean stable() {
        return preRelease.isEmpty();
    }

    @Override
    public int compareTo(ProtocolVersion other) {
        int byNumbers = NUMBERS.compare(this, other);
        if (byNumbers != 0) {
            return byNumbers;
        }
        if (stable() || other.stable()) {
            return Boolean.compare(stable(), other.stable());
        }
        return comparePreReleases(preRelease.orElseThrow(), other.preRelease.orElseThrow());
    }

    private static int comparePreReleases(String left, String right) {
        String[] leftParts = left.split("\\.", -1);
        String[] rightParts = right.split("\\.", -1);
        int common = Math.min(leftParts.length, rightParts.length);
        for (int part = 0; part < common; part++) {
            int order = comparePart(leftParts[part], rightParts[part]);
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(leftParts.length, rightParts.length);
    }

    private static int comparePart(String left, String right) {
        boolean leftNumber = isNumber(left);
        boolean rightNumber = isNumber(right);
        if (leftNumber && rightNumber) {
            return Integer.compare(Integer.parseInt(left), Integer.parseInt(right));
        }
        return leftNumber == rightNumber ? left.compareTo(right) : leftNumber ? -1 : 1;
    }

    private static boolean isNumber(String part) {
        return part.chars().allMatch(character -> character >= '0' && character <= '9');
    }

    /** The text that {@link #parse} reads. */
    @Override
    public String toString() {
        String numbers = "v" + major + "." + minor + "." + patch;
        return preRelease.map(text -> numbers + "-" + text).orElse(numbers);
    }
}
