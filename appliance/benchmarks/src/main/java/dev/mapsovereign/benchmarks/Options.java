package dev.mapsovereign.benchmarks;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Options of a benchmark, {@code --name value}. */
final class Options {
    private final Map<String, String> given = new HashMap<>();

    /**
     * @throws IllegalArgumentException for a name that is not among those allowed
     */
    Options(String[] arguments, String... allowed) {
        List<String> names = Arrays.asList(allowed);
        for (int at = 0; at < arguments.length; at += 2) {
            String name = arguments[at].replaceFirst("^--", "");
            if (!names.contains(name) || at + 1 == arguments.length) {
                throw new IllegalArgumentException(
                        "'"
                                + arguments[at]
                                + "' is none of --"
                                + String.join(" V, --", names)
                                + " V");
            }
            given.put(name, arguments[at + 1]);
        }
    }

    String text(String name, String otherwise) {
        return given.getOrDefault(name, otherwise);
    }

    int number(String name, int otherwise) {
        return Integer.parseInt(text(name, String.valueOf(otherwise)));
    }

    long count(String name, long otherwise) {
        return Long.parseLong(text(name, String.valueOf(otherwise)));
    }

    double seconds(String name, double otherwise) {
        return Double.parseDouble(text(name, String.valueOf(otherwise)));
    }
}
