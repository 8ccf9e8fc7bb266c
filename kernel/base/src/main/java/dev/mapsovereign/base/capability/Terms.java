package dev.mapsovereign.base.capability;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Limits and caveats as people write them on a command line. */
public final class Terms {
    private static final Pattern LIMIT = Pattern.compile("([a-z_]{1,40})=([0-9]{1,10})");

    private Terms() {}

    /**
     * Limits of the form {@code max_per_hour=100}.
     *
     * @throws IllegalArgumentException if one has another form, or stands twice
     */
    public static Map<String, Long> limits(List<String> texts) {
        Map<String, Long> limits = new TreeMap<>();
        for (String text : texts) {
            Matcher limit = LIMIT.matcher(text);
            if (!limit.matches()) {
                throw new IllegalArgumentException(
                        "a limit is NAME=NUMBER, such as max_per_hour=100, not " + text);
            }
            if (limits.put(limit.group(1), Long.valueOf(limit.group(2))) != null) {
                throw new IllegalArgumentException(
                        "the limit " + limit.group(1) + " is said twice");
            }
        }
        return limits;
    }

    /**
     * Caveats in MAP's spelling; see {@link Caveat#parse(String)}.
     *
     * @throws IllegalArgumentException naming the caveat and the rule that it breaks
     */
    public static List<Caveat> caveats(List<String> texts) {
        List<Caveat> caveats = new ArrayList<>();
        for (String text : texts) {
            try {
                caveats.add(Caveat.parse(text));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("caveat " + text + " " + e.getMessage(), e);
            }
        }
        return caveats;
    }
}
