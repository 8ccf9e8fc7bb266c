package dev.mapsovereign.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.SocketFactory;

/** A server in a process of its own, whose use of the processor the kernel tells. */
final class ServerProcess implements AutoCloseable {
    /** USER_HZ: what the kernel counts processor time in, on every Linux that this runs on. */
    private static final long MICROS_PER_TICK = 10_000;

    /** A process that uses less has nothing left to do. */
    private static final long IDLE_MICROS_PER_SECOND = 100_000;

    private static final Duration IDLE_WAIT = Duration.ofMinutes(5);
    private static final Duration START_TIME = Duration.ofMinutes(1);

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
        return start(Envelope.NONE, log, main, arguments);
    }

    /** The same within limits. */
    static ServerProcess start(Envelope envelope, Path log, String main, List<String> arguments)
            throws IOException {
        return start(envelope, log, command(main, arguments));
    }

    /** Starts another program within limits; its output goes to {@code log}. */
    static ServerProcess start(Envelope envelope, Path log, List<String> command)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(envelope.around(command))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile());
        // As bin/map has it.
        builder.environment().put("MALLOC_ARENA_MAX", "1");
        return new ServerProcess(builder.start(), log);
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

    /** A port of loopback that nobody listens at now. */
    static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    /** Waits until it answers {@code GET /ready} with 200, a minute at most. */
    void awaitReady(SocketFactory sockets, int port) throws InterruptedException, IOException {
        long deadline = System.nanoTime() + START_TIME.toNanos();
        byte[] ready =
                "GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII);
        while (true) {
            try (KeepAliveClient client = new KeepAliveClient(sockets, port)) {
                if (client.exchange(ready) == 200) {
                    return;
                }
            } catch (IOException e) {
                // Not listening yet.
            }
            if (!alive() || System.nanoTime() > deadline) {
                throw new IOException("the server did not start: " + output());
            }
            Thread.sleep(100);
        }
    }

    /**
     * Waits until what a load has left is done: under full load the projection falls behind, and
     * catching up is not what the next load costs.
     */
    void awaitIdle() throws InterruptedException, IOException {
        long deadline = System.nanoTime() + IDLE_WAIT.toNanos();
        long used;
        do {
            long before = cpuMicros();
            Thread.sleep(Duration.ofSeconds(1));
            used = cpuMicros() - before;
        } while (used > IDLE_MICROS_PER_SECOND && System.nanoTime() < deadline);
    }

    private List<Long> pids() {
        return Stream.concat(
                        Stream.of(process.pid()), process.descendants().map(ProcessHandle::pid))
                .toList();
    }

    /**
     * Processor time used so far, user and system, its children's too, in microseconds, to within
     * 10,000.
     */
    long cpuMicros() throws IOException {
        long micros = 0;
        for (long pid : pids()) {
            micros += cpuMicros(pid);
        }
        return micros;
    }

    private static long cpuMicros(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
        // The name in parentheses may hold blanks; the fields behind it do not.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks =
                Long.parseLong(fields[USER_TIME_FIELD - 2])
                        + Long.parseLong(fields[SYSTEM_TIME_FIELD - 2]);
        return ticks * MICROS_PER_TICK;
    }

    /** Memory that is really in use (resident), its children's too, in mebibytes. */
    long residentMebibytes() throws IOException {
        long kibibytes = 0;
        for (long pid : pids()) {
            for (String line :
                    Files.readAllLines(Path.of("/proc", String.valueOf(pid), "status"))) {
                if (line.startsWith("VmRSS:")) {
                    kibibytes += Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
        }
        return kibibytes / 1_024;
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
