package dev.mapsovereign.release;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Runs other programs, in the C locale; one that fails ends the build with its own words. */
final class Program {
    private Program() {}

    /** Its output goes where ours goes. */
    static void run(String... command) throws IOException, InterruptedException {
        int status = builder(command).inheritIO().start().waitFor();
        requireZero(command, status);
    }

    /** What it prints. */
    static String output(String... command) throws IOException, InterruptedException {
        Process process = builder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        requireZero(command, process.waitFor());
        return text;
    }

    /** What it prints; empty unless it exists and ends with 0. */
    static Optional<String> answer(String... command) throws InterruptedException {
        try {
            Process process =
                    builder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String text =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? Optional.of(text) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static ProcessBuilder builder(String... command) {
        ProcessBuilder builder = new ProcessBuilder(List.of(command));
        builder.environment().put("LC_ALL", "C");
        return builder;
    }

    private static void requireZero(String[] command, int status) throws IOException {
        if (status != 0) {
            throw new IOException(command[0] + " ended with status " + status);
        }
    }
}
