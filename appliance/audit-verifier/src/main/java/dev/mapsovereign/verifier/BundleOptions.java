package dev.mapsovereign.verifier;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The command line of {@code map-verify bundle}.
 *
 * @param state file to continue from; empty to go without
 * @param begin whether that file is to be made
 * @param identity file with what decrypts entries
 * @param withoutEntries whether encrypted entries may stay unread
 * @param json for scripts
 */
record BundleOptions(
        List<Path> paths,
        Path trust,
        Optional<Path> state,
        boolean begin,
        Optional<Path> identity,
        boolean withoutEntries,
        boolean json) {
    /**
     * Reads the arguments behind {@code bundle}.
     *
     * @throws OperatorException usage
     */
    static BundleOptions parse(List<String> arguments) {
        Deque<String> left = new ArrayDeque<>(arguments);
        List<Path> paths = new ArrayList<>();
        Optional<String> trust = Optional.empty();
        Optional<String> state = Optional.empty();
        Optional<String> identity = Optional.empty();
        boolean begin = false;
        boolean withoutEntries = false;
        boolean json = false;
        boolean stateNamed = arguments.contains("--state");
        while (!left.isEmpty()) {
            String argument = left.removeFirst();
            switch (argument) {
                case "--trust" -> trust = once(trust, argument, left);
                case "--state" -> state = once(state, argument, left);
                case "--init-state" -> {
                    begin = true;
                    // Either form is understood: --init-state FILE, or --state FILE --init-state.
                    state = stateNamed ? state : once(state, argument, left);
                }
                case "--identity" -> identity = once(identity, argument, left);
                case "--without-entries" -> withoutEntries = true;
                case "--output" -> json = isJson(once(Optional.empty(), argument, left));
                default -> paths.add(path(argument));
            }
        }
        if (paths.isEmpty()) {
            throw usage("no PATH to verify");
        }
        return new BundleOptions(
                List.copyOf(paths),
                Path.of(trust.orElseThrow(() -> usage("--trust FILE is missing"))),
                state.map(Path::of),
                begin,
                identity.map(Path::of),
                withoutEntries,
                json);
    }

    private static Optional<String> once(
            Optional<String> before, String option, Deque<String> left) {
        if (before.isPresent()) {
            throw usage(option + " is given twice");
        }
        if (left.isEmpty()) {
            throw usage(option + " needs a value");
        }
        return Optional.of(left.removeFirst());
    }

    private static boolean isJson(Optional<String> form) {
        return switch (form.orElse("")) {
            case "json" -> true;
            case "human" -> false;
            default -> throw usage("--output is json or human");
        };
    }

    private static Path path(String argument) {
        if (argument.startsWith("-")) {
            throw usage("no such option: " + argument);
        }
        return Path.of(argument);
    }

    private static OperatorException usage(String message) {
        return new OperatorException(ExitCode.USAGE, message, "map-verify bundle --help");
    }
}
