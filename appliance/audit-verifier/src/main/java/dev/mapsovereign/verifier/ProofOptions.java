package dev.mapsovereign.verifier;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The command line of {@code map-verify proof}.
 *
 * @param proof the file to verify
 * @param record the record's exact bytes, to be compared or where the proof does not hold them
 * @param keyRecord proof of the record in {@code _node} that introduces the log's keys
 * @param json for scripts
 */
record ProofOptions(
        Path proof, Path trust, Optional<Path> record, Optional<Path> keyRecord, boolean json) {
    private static final Set<String> NAMES =
            Set.of("--trust", "--record", "--key-record", "--output");

    /**
     * Reads the arguments behind {@code proof}.
     *
     * @throws OperatorException usage
     */
    static ProofOptions parse(List<String> arguments) {
        Deque<String> left = new ArrayDeque<>(arguments);
        Map<String, String> given = new HashMap<>();
        Optional<Path> proof = Optional.empty();
        while (!left.isEmpty()) {
            String argument = left.removeFirst();
            if (NAMES.contains(argument)) {
                if (left.isEmpty()) {
                    throw usage(argument + " needs a value");
                }
                if (given.putIfAbsent(argument, left.removeFirst()) != null) {
                    throw usage(argument + " is given twice");
                }
            } else if (argument.startsWith("-")) {
                throw usage("no such option: " + argument);
            } else if (proof.isPresent()) {
                throw usage("one FILE at a time: " + argument + " is a second one");
            } else {
                proof = Optional.of(Path.of(argument));
            }
        }
        String form = given.getOrDefault("--output", "human");
        if (!form.equals("json") && !form.equals("human")) {
            throw usage("--output is json or human");
        }
        return new ProofOptions(
                proof.orElseThrow(() -> usage("no FILE to verify")),
                path(given, "--trust").orElseThrow(() -> usage("--trust FILE is missing")),
                path(given, "--record"),
                path(given, "--key-record"),
                form.equals("json"));
    }

    private static Optional<Path> path(Map<String, String> given, String name) {
        return Optional.ofNullable(given.get(name)).map(Path::of);
    }

    private static OperatorException usage(String message) {
        return new OperatorException(ExitCode.USAGE, message, "map-verify proof --help");
    }
}
