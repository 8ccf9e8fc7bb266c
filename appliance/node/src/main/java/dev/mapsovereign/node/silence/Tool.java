package dev.mapsovereign.node.silence;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of the host's, run to their end with nothing inherited but what they need. */
final class Tool {
    /** They take milliseconds; one that waits for something is ended. */
    private static final int SECONDS_MAX = 30;

    private static final List<String> FOLDERS =
            List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin");

    private Tool() {}

    /** What a program said, and with which status it ended. */
    record Said(int status, String text) {}

    /**
     * Where that program is.
     *
     * @throws OperatorException with exit code 3 when this host does not have it
     */
    static String find(String name, String debianPackage) {
        return FOLDERS.stream()
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() ->
                        new OperatorException(
                                ExitCode.ENVIRONMENT,
                                name + " is missing on this host",
                                "it comes with the package " + debianPackage))
                .toString();
    }

    /** Runs it with that standard input. */
    static Said run(List<String> command, String input) {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command));
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().put("LC_ALL", "C");
        builder.redirectErrorStream(true);
        try {
            Process process = builder.start();
            try (var to = process.getOutputStream()) {
                to.write(input.getBytes(StandardCharsets.UTF_8));
            }
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new OperatorException(
                        ExitCode.ENVIRONMENT, command.getFirst() + " does not come to an end");
            }
            return new Said(process.exitValue(), said.strip());
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, command.getFirst() + " cannot be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperatorException(ExitCode.FAILED, "interrupted", e);
        }
    }

    /** As {@link #run}; a status other than 0 is an error that says what the program said. */
    static String require(List<String> command, String input) {
        Said said = run(command, input);
        if (said.status() != 0) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    String.join(" ", command)
                            + " failed: "
                            + said.text().lines().findFirst().orElse("no reason given"));
        }
        return said.text();
    }
}
