package dev.mapsovereign.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, whose use of the processor the kernel tells. */
final class ServerProcess implements AutoCloseable {
    /** USER_HZ: what the kernel counts processor time in, on every Linux that this runs on. */
    private static final long MICROS_PER_TICK = 10_000;

    private static final int USER_TIME_FIELD = 13;
    private static final int SYSTEM_TIME_FIELD = 14;

    /** As {@code bin/map serve} has them. */
    private static final List<String> JVM =
            List.of(
                    "-XX:+UseSerialGC",
                    "-Xms48m",
                    "-Xmn32m",
                    "-Xmx384m",
                    "-XX:TrimNativeHeapInterval=5000",
                    "-XX:+UseCompactObjectHeaders",
                    "-XX:-UsePerfData",
                    "-XX:+ExitOnOutOfMemoryError");

    private final Process process;
    private final Path log;

    private ServerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts {@code main} with this process's class path; its output goes to {@code log}. */
    static ServerProcess start(Path log, String main, List<String> arguments) throws IOException {
        return new ServerProcess(
                new ProcessBuilder(command(main, arguments))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start(),
                log);
    }

    /**
     * Runs a short command to its end.
     *
     * @return its standard output
     * @throws IOException with its output when it fails
     */
    static String run(String main, List<String> arguments)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command(main, arguments))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", arguments) + " failed: " + output);
        }
        return output;
    }

    private static List<String> command(String main, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main);
        command.addAll(arguments);
        return command;
    }

    /** Whether it still runs. */
    boolean alive() {
        return process.isAlive();
    }

    /** Its process id. */
    long pid() {
        return process.pid();
    }

    /** What it has said so far. */
    String output() throws IOException {
        return Files.readString(log);
    }

    /** Processor time used so far, user and system, in microseconds, to within 10,000. */
    long cpuMicros() throws IOException {
        String stat = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "stat"));
        // The name in parentheses may hold blanks; the fields behind it do not.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks =
                Long.parseLong(fields[USER_TIME_FIELD - 2])
                        + Long.parseLong(fields[SYSTEM_TIME_FIELD - 2]);
        return ticks * MICROS_PER_TICK;
    }

    /** Memory that is really in use (resident), in mebibytes. */
    long residentMebibytes() throws IOException {
        Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
            }
        }
        return 0;
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
