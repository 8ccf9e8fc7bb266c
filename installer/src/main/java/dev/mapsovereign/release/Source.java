package dev.mapsovereign.release;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What is built.
 *
 * @param version of the product
 * @param time of the commit; every file of the release bears it
 * @param commit its name; empty where sources came without their repository
 * @param modified whether the tree differs from the commit
 * @param upgradesFrom the oldest version whose data this one takes over (decision 0045)
 */
record Source(
        String version,
        Instant time,
        Optional<String> commit,
        boolean modified,
        String upgradesFrom) {
    private static final Pattern VERSION = Pattern.compile("[0-9]+(\\.[0-9]+)*");

    Source {
        if (!VERSION.matcher(upgradesFrom).matches()) {
            throw new IllegalArgumentException(
                    "upgrades from a version of numbers and dots, not '" + upgradesFrom + "'");
        }
    }

    /** Asks git about the folder, and the script that the node's build asks too for the time. */
    static Source read(Path root, String version) throws IOException, InterruptedException {
        Path script = root.resolve("installer/src/main/sh/commit-time");
        String line = Program.output("sh", script.toString()).strip();
        Instant time = Instant.parse(line.replaceFirst("^commit\\.time=", ""));
        String upgradesFrom = upgradesFrom(root.resolve("installer/src/main/upgrades-from.txt"));
        if (!Files.exists(root.resolve(".git"))) {
            return new Source(version, time, Optional.empty(), false, upgradesFrom);
        }
        Optional<String> commit = git(root, "rev-parse", "--verify", "HEAD");
        boolean modified =
                git(root, "status", "--porcelain").map(text -> !text.isEmpty()).orElse(false);
        return new Source(version, time, commit, modified, upgradesFrom);
    }

    /**
     * Rises with each release, so that an upgrade can refuse an older one: the commit's time in
     * seconds. A count of commits would need the whole history, which a shallow clone lacks.
     */
    long counter() {
        return time.getEpochSecond();
    }

    /** The file's one line that is no comment. */
    private static String upgradesFrom(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining(" "));
    }

    /** Empty when git does not answer, as for a repository of another user. */
    private static Optional<String> git(Path root, String... arguments)
            throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("git", "-C", root.toString()));
        command.addAll(List.of(arguments));
        return Program.answer(command.toArray(String[]::new)).map(String::strip);
    }
}
