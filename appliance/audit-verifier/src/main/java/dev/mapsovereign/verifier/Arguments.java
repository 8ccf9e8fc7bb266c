package dev.mapsovereign.verifier;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One command's arguments: options with a value, options without one, and what is left. */
final class Arguments {
    private final String command;
    private final Map<String, String> values = new HashMap<>();
    private final Set<String> flags = new HashSet<>();
    private final List<String> rest = new ArrayList<>();

    private Arguments(String command) {
        this.command = command;
    }

    /**
     * Reads a command line. Each option may stand once.
     *
     * @param valued options that the next argument belongs to
     * @param plain options without a value
     * @throws OperatorException usage
     */
    static Arguments parse(
            String command, List<String> arguments, Set<String> valued, Set<String> plain) {
        Arguments parsed = new Arguments(command);
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (valued.contains(argument)) {
                if (++i == arguments.size()) {
                    throw parsed.usage(argument + " needs a value");
                }
                if (parsed.values.putIfAbsent(argument, arguments.get(i)) != null) {
                    throw parsed.usage(argument + " is given twice");
                }
            } else if (plain.contains(argument)) {
                parsed.flags.add(argument);
            } else if (argument.startsWith("-")) {
                throw parsed.usage("no such option: " + argument);
            } else {
                parsed.rest.add(argument);
            }
        }
        return parsed;
    }

    /** What belongs to no option, at least one path. */
    List<Path> paths() {
        if (rest.isEmpty()) {
            throw usage("no PATH is given");
        }
        return rest.stream().map(this::path).toList();
    }

    /** Nothing may be left. */
    void requireNoRest() {
        if (!rest.isEmpty()) {
            throw usage("what is " + rest.getFirst() + " for?");
        }
    }

    Optional<String> value(String option) {
        return Optional.ofNullable(values.get(option));
    }

    String required(String option, String form) {
        return value(option).orElseThrow(() -> usage(option + " " + form + " is missing"));
    }

    Optional<Path> path(String option, boolean required) {
        if (required) {
            return Optional.of(path(required(option, "PATH")));
        }
        return value(option).map(this::path);
    }

    boolean has(String flag) {
        return flags.contains(flag);
    }

    /** Whether {@code --output} says {@code json}. */
    boolean json() {
        return switch (value("--output").orElse("human")) {
            case "json" -> true;
            case "human" -> false;
            default -> throw usage("--output is json or human");
        };
    }

    OperatorException usage(String message) {
        return new OperatorException(ExitCode.USAGE, message, "map-verify " + command + " --help");
    }

    private Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw usage("not a path: " + text);
        }
    }
}
