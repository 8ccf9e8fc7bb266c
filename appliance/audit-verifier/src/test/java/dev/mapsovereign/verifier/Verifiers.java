package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** The two programs, in this process and as real processes. */
final class Verifiers {
    private static final int SECONDS_MAX = 120;

    private Verifiers() {}

    /**
     * How a program ended.
     *
     * @param output of both streams
     */
    record Outcome(int exit, String output) {}

    /** {@code map-verify bundle …} in this process. */
    static Outcome inProcess(Object... arguments) {
        return command("bundle", arguments);
    }

    /** {@code map-verify proof …} in this process. */
    static Outcome proof(Object... arguments) {
        return command("proof", arguments);
    }

    /** Any command of {@code map-verify} in this process. */
    static Outcome command(String command, Object... arguments) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        List<String> all = new ArrayList<>(List.of(command));
        Arrays.stream(arguments).map(Object::toString).forEach(all::add);
        int exit = Main.run(all, out, out, Optional.empty()).number();
        return new Outcome(exit, bytes.toString(StandardCharsets.UTF_8));
    }

    /** {@code map-verify bundle …} as a process of its own, from this build's classes. */
    static Outcome program(Object... arguments) {
        return asProcess("bundle", arguments);
    }

    /** {@code map-verify proof …} as a process of its own, from this build's classes. */
    static Outcome proofProgram(Object... arguments) {
        return asProcess("proof", arguments);
    }

    private static Outcome asProcess(String verb, Object... arguments) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xshare:auto",
                                "-XX:TieredStopAtLevel=1",
                                "--module-path",
                                modulePath(),
                                "--module",
                                "dev.mapsovereign.verifier/dev.mapsovereign.verifier.Main",
                                verb));
        Arrays.stream(arguments).map(Object::toString).forEach(command::add);
        return run(command);
    }

    /** {@code python3 -I verify.py …}. */
    static Outcome python(Object... arguments) {
        requirePython();
        List<String> command = new ArrayList<>(List.of("python3", "-I", verifyPy().toString()));
        Arrays.stream(arguments).map(Object::toString).forEach(command::add);
        return run(command);
    }

    /** The source of verify.py in this build's tree. */
    static Path verifyPy() {
        return Path.of("src", "main", "python", "verify.py").toAbsolutePath();
    }

    /** Skips where there is no python3, but not in the project's own build. */
    static void requirePython() {
        if (!hasProgram("python3")) {
            assertThat(System.getenv("CI"))
                    .as("python3 is missing, and this build may not do without")
                    .isNull();
            Assumptions.abort("python3 is missing: verify.py was NOT tested");
        }
    }

    /** Whether a program is on the path. */
    static boolean hasProgram(String name) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }

    /**
     * Checks every whole bundle as a person does who has no program of ours: by {@code sha256sum}.
     *
     * @return how many there are
     */
    static int expectManifestsHold(Path nodeFolder) {
        List<Path> manifests =
                MediumFiles.all(nodeFolder).stream()
                        .filter(file -> file.endsWith("manifest.txt"))
                        .filter(file -> !file.toString().contains(".part/"))
                        .toList();
        for (Path manifest : manifests) {
            Outcome sums =
                    run(
                            List.of("sha256sum", "-c", "--strict", "--quiet", manifest.toString()),
                            nodeFolder);
            assertThat(sums.exit()).as(manifest + ": " + sums.output()).isZero();
        }
        return manifests.size();
    }

    /** Runs a command to its end. */
    static Outcome run(List<String> command) {
        return run(command, Path.of("").toAbsolutePath());
    }

    /** Runs a command in a folder. */
    static Outcome run(List<String> command, Path folder) {
        try {
            Path output = Files.createTempFile("map-verify-test", ".out");
            Process process =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end");
            }
            String text = Files.readString(output);
            Files.delete(output);
            return new Outcome(process.exitValue(), text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Where the modules of this test run come from: classes or jars. */
    private static String modulePath() {
        List<String> path = new ArrayList<>();
        for (Class<?> type :
                List.of(
                        Main.class,
                        dev.mapsovereign.auditlog.AuditLog.class,
                        dev.mapsovereign.base.crypto.Hex.class)) {
            try {
                path.add(
                        Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                                .toString());
            } catch (java.net.URISyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
        return String.join(File.pathSeparator, path);
    }
}
