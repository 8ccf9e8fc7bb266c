package dev.mapsovereign.plugin;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A plugin's version: three numbers and an optional pre-release word, ordered as semver.org §11
 * orders them (build metadata is not accepted: two versions that compare equal would be two files).
 */
public record PluginVersion(int major, int minor, int patch, String prerelease)
        implements Comparable<PluginVersion> {
    private static final Pattern SYNTAX =
            Pattern.compile("(\\d{1,6})\\.(\\d{1,6})\\.(\\d{1,6})(?:-([0-9A-Za-z.-]{1,64}))?");

    /**
     * Reads {@code 1.2.3} or {@code 1.2.3-rc.1}.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static PluginVersion parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "a version is MAJOR.MINOR.PATCH, not '" + text + "'");
        }
        String word = matcher.group(4);
        return new PluginVersion(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)),
                word == null ? "" : word);
    }

    @Override
    public int compareTo(PluginVersion other) {
        if (major != other.major) {
            return Integer.compare(major, other.major);
        }
        if (minor != other.minor) {
            return Integer.compare(minor, other.minor);
        }
        if (patch != other.patch) {
            return Integer.compare(patch, other.patch);
        }
        return comparePrerelease(prerelease, other.prerelease);
    }

    /** A release comes after its own pre-releases; numeric words compare as numbers. */
    private static int comparePrerelease(String left, String right) {
        if (left.isEmpty() || right.isEmpty()) {
            return Boolean.compare(left.isEmpty(), right.isEmpty());
        }
        String[] ours = left.split("\\.", -1);
        String[] theirs = right.split("\\.", -1);
        for (int i = 0; i < Math.min(ours.length, theirs.length); i++) {
            int order = compareWord(ours[i], theirs[i]);
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(ours.length, theirs.length);
    }

    private static int compareWord(String left, String right) {
        boolean leftNumber = isNumber(left);
        boolean rightNumber = isNumber(right);
        if (leftNumber && rightNumber) {
            return new java.math.BigInteger(left).compareTo(new java.math.BigInteger(right));
        }
        if (leftNumber != rightNumber) {
            return leftNumber ? -1 : 1;
        }
        return left.compareTo(right);
    }

    private static boolean isNumber(String word) {
        return !word.isEmpty() && word.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    @Override
    public String toString() {
        String numbers = major + "." + minor + "." + patch;
        return prerelease.isEmpty() ? numbers : numbers + "-" + prerelease;
    }
}
