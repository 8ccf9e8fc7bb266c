package dev.mapsovereign.node.log;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Level;

/**
 * Which lines are written: a level for everything and others for parts, in the form of {@code
 * RUST_LOG}, for example {@code info,dev.mapsovereign.engine=debug,hyper=warn}.
 *
 * <p>Parts are names of Java packages. The names that the protocol's documentation uses for its own
 * runtime are understood as well: {@code map_core} is the engine, {@code hyper} the HTTP library.
 *
 * @param everything the level where no part says otherwise
 * @param parts levels of packages and what is below them
 */
public record LogLevels(Level everything, Map<String, Level> parts) {
    private static final Map<String, Level> NAMES =
            Map.of(
                    "off", Level.OFF,
                    "error", Level.SEVERE,
                    "warn", Level.WARNING,
                    "info", Level.INFO,
                    "debug", Level.FINE,
                    "trace", Level.FINEST);

    private static final Map<String, String> ALIASES =
            Map.of("map_core", "dev.mapsovereign.engine", "hyper", "io.helidon");

    /** {@code info} for everything. */
    public static final LogLevels DEFAULT = new LogLevels(Level.INFO, Map.of());

    /** Copies the map. */
    public LogLevels {
        parts = Map.copyOf(parts);
    }

    /**
     * Reads the text of a filter.
     *
     * @throws IllegalArgumentException that says which part cannot be understood
     */
    public static LogLevels parse(String text) {
        Level everything = Level.INFO;
        Map<String, Level> parts = new LinkedHashMap<>();
        for (String directive : text.split(",")) {
            String stripped = directive.strip();
            int equals = stripped.indexOf('=');
            if (stripped.isEmpty()) {
                continue;
            }
            if (equals < 0) {
                everything = level(stripped);
            } else {
                String part = stripped.substring(0, equals).replace("::", ".");
                if (!part.matches("[A-Za-z_][A-Za-z0-9_.$-]*")) {
                    throw new IllegalArgumentException(
                            "\"" + part + "\" is not the name of a part");
                }
                parts.put(ALIASES.getOrDefault(part, part), level(stripped.substring(equals + 1)));
            }
        }
        return new LogLevels(everything, parts);
    }

    /** The word of a level as lines carry it: {@code error} to {@code trace}. */
    static String word(Level level) {
        int value = level.intValue();
        if (value >= Level.SEVERE.intValue()) {
            return "error";
        }
        if (value >= Level.WARNING.intValue()) {
            return "warn";
        }
        if (value >= Level.INFO.intValue()) {
            return "info";
        }
        return value >= Level.FINE.intValue() ? "debug" : "trace";
    }

    private static Level level(String word) {
        Level level = NAMES.get(word.strip().toLowerCase(Locale.ROOT));
        if (level == null) {
            throw new IllegalArgumentException(
                    "\"" + word + "\" is none of off, error, warn, info, debug, trace");
        }
        return level;
    }
}
