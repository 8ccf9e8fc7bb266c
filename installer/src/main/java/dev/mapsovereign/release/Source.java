package dev.mapsovereign.release;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * What is built.
 *
 * @param version of the product
 * @param time of the commit; every file of the release bears it
 * @param commit its name; empty where sources came without their repository
 * @param modified whether the tree differs from the commit
 */
record Source(String version, Instant time, Optional<String> commit, boolean modified) {

    /** Asks git about the folder. */
    static Source read(Path root, String version, Instant time)
            throws IOException, InterruptedException {
        if (!Files.exists(root.resolve(".git"))) {
            return new Source(version, time, Optional.empty(), false);
        }
        Optional<String> commit = git(root, "rev-parse", "--verify", "HEAD");
        boolean modified =
                git(root, "status", "--porcelain").map(text -> !text.isEmpty()).orElse(false);
        return new Source(version, time, commit, modified);
    }

    /**
     * Rises with each release, so that an upgrade can refuse an older one: the commit's time in
     * seconds. A count of commits would need the whole history, which a shallow clone lacks.
     */
    long counter() {
        return time.getEpochSecond();
    }

    /** Empty when git does not answer, as for a repository of another user. */
    private static Optional<String> git(Path root, String... arguments)
            throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 3];
        command[0] = "git";
        command[1] = "-C";
        command[2] = root.toString();
        System.arraycopy(arguments, 0, command, 3, arguments.length);
        Process process;
        try {
            process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
        } catch (IOException e) {
            return Optional.empty(); // no git on this machine
        }
        String answer =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return process.waitFor() == 0 ? Optional.of(answer) : Optional.empty();
    }
}
