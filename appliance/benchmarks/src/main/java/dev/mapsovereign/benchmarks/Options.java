package dev.mapsovereign.benchmarks;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Options of a benchmark, {@code --name value}. */
final class Options {
    private final Map<String, String> given = new HashMap<>();

    /** Reads them; a name that is not among those allowed ends the program with 2. */
    Options(String[] arguments, String... allowed) {
        List<String> names = Arrays.asList(allowed);
        for (int at = 0; at < arguments.length; at += 2) {
            String name = arguments[at].replaceFirst("^--", "");
            if (!names.contains(name) || at + 1 == arguments.length) {
                misused(
                        "'"
                                + arguments[at]
                                + "' is none of --"
                                + String.join(" V, --", names)
                                + " V");
            }
            given.put(name, arguments[at + 1]);
        }
    }

    private static void misused(String what) {
        System.err.println(what);
        System.exit(2);
    }

    String text(String name, String otherwise) {
        return given.getOrDefault(name, otherwise);
    }

    int number(String name, int otherwise) {
        return value(name, otherwise, Integer::valueOf);
    }

    long count(String name, long otherwise) {
        return value(name, otherwise, Long::valueOf);
    }

    double seconds(String name, double otherwise) {
        return value(name, otherwise, Double::valueOf);
    }

    private <T> T value(String name, T otherwise, Function<String, T> reading) {
        String text = given.get(name);
        if (text == null) {
            return otherwise;
        }
        try {
            return reading.apply(text);
        } catch (NumberFormatException e) {
            misused("--" + name + " wants a number, not '" + text + "'");
            return otherwise;
        }
    }
}
