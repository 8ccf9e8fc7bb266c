package dev.mapsovereign.benchmarks;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Options of a benchmark, {@code --name value}. */
final class Options {
    private final Map<String, String> given = new HashMap<>();

    /** Reads them; a name that is not among those allowed ends the program with 2. */
    Options(String[] arguments, String... allowed) {
        List<String> names = Arrays.asList(allowed);
        for (int at = 0; at < arguments.length; at += 2) {
            String name = arguments[at].replaceFirst("^--", "");
            if (!names.contains(name) || at + 1 == arguments.length) {
                misused("'" + arguments[at] + "' is none of --" + String.join(" V, --", names) + " V");
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
        return Math.toIntExact(count(name, otherwise));
    }

    long count(String name, long otherwise) {
        return (long) seconds(name, otherwise);
    }

    double seconds(String name, double otherwise) {
        try {
            return Double.parseDouble(text(name, String.valueOf(otherwise)));
        } catch (NumberFormatException e) {
            misused("--" + name + " wants a number");
            return otherwise;
        }
    }
}
