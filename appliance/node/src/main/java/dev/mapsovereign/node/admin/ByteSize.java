package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes as operators write it: {@code 500M}, {@code 4G}, powers of 1024. */
final class ByteSize {
    private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,11})([KMGT]?)");

    private ByteSize() {}

    /**
     * The number of bytes, at least 1.
     *
     * @throws OperatorException usage, for anything else
     */
    static long parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new OperatorException(
                    ExitCode.USAGE, "not a size: " + text, "such as 500M or 4G (powers of 1024)");
        }
        int shift = matcher.group(2).isEmpty() ? 0 : 10 * (1 + "KMGT".indexOf(matcher.group(2)));
        long number = Long.parseLong(matcher.group(1));
        if (number > Long.MAX_VALUE >> shift) {
            throw new OperatorException(ExitCode.USAGE, "larger than any medium: " + text);
        }
        return number << shift;
    }
}
