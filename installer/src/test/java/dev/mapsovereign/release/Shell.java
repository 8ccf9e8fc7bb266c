package dev.mapsovereign.release;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Runs real programs for tests. */
final class Shell {
    /** Status and everything that was printed. */
    record Result(int status, String text) {}

    private Shell() {}

    static Result run(Path folder, String... command) throws IOException, InterruptedException {
        return run(folder, List.of(command));
    }

    static Result run(Path folder, List<String> command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), text);
    }
}
