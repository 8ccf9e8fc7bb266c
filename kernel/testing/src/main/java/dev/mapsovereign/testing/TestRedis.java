package dev.mapsovereign.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis server on a random loopback port, without persistence.
 *
 * <p>{@link #shared} starts one for the whole test run; each test takes a {@link #freshDatabase}
 * number from it. Tests that take the server away start one of their own. Safe for use by several
 * threads, but for {@link #halt}, {@link #restart} and {@link #close}.
 */
public final class TestRedis implements AutoCloseable {
    /**
     * What a node's user needs, as docs/reference/configuration.md says: what follows in {@code ACL
     * SETUSER}.
     */
    public static final String NODE_RIGHTS =
            "~map:* resetchannels &map:changes -@all +eval +evalsha +get +set +time +publish"
                    + " +subscribe +select +client +hello";

    private static final String HOST = "127.0.0.1";
    private static final Duration START_TIME_MAX = Duration.ofSeconds(30);
    private static final int POLL_MILLIS = 10;
    private static final int PORT_ATTEMPTS_MAX = 5;

    /** More tests than one Java process ever runs. */
    private static final int DATABASES = 10_000;

    private final Path folder;
    private final Path program;
    private final List<String> options;
    private final AtomicInteger databases = new AtomicInteger();
    private int port;
    private ServerProcess server;

    private static final class Shared {
        static final TestRedis INSTANCE = start(List.of());
    }

    private TestRedis(List<String> options) throws IOException {
        this.options = List.copyOf(options);
        folder = TestFolders.create("redis");
        program = program();
        server = startOnFreePort();
    }

    /** The server that all tests of this Java process share; it ends with the process. */
    public static TestRedis shared() {
        return Shared.INSTANCE;
    }

    /** Another server; it ends when closed, at the latest with this Java process. */
    public static TestRedis start() {
        return start(List.of());
    }

    /**
     * Another server, with options of its command line besides; without a password, which can be
     * set afterwards.
     */
    public static TestRedis start(List<String> options) {
        try {
            return new TestRedis(options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The loopback address. */
    public String host() {
        return HOST;
    }

    /** The server's port; stays the same over {@link #halt} and {@link #restart}. */
    public int port() {
        return port;
    }

    /** The number of an empty database that nobody else uses, for {@code SELECT}. */
    public int freshDatabase() {
        int number = databases.getAndIncrement();
        if (number >= DATABASES) {
            throw new IllegalStateException("all " + DATABASES + " databases were given out");
        }
        return number;
    }

    /** {@code redis://host:port/database} of a {@link #freshDatabase}. */
    public String freshUrl() {
        return "redis://" + HOST + ":" + port + "/" + freshDatabase();
    }

    /**
     * What an operator would type, such as {@code CONFIG SET maxmemory 1}.
     *
     * @return the first line of the answer
     */
    public String command(String line) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(Math.toIntExact(START_TIME_MAX.toMillis()));
            socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new BufferedReader(
                                    new InputStreamReader(
                                            socket.getInputStream(), StandardCharsets.UTF_8))
                            .readLine();
            if (answer == null || answer.startsWith("-")) {
                throw new IllegalStateException(line + ": " + answer);
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Holds the server as it is: it takes connections, by the kernel's hand, and answers nothing.
     */
    public void stall() {
        server.signal("STOP");
    }

    /** Lets a {@link #stall}ed server go on. */
    public void resume() {
        server.signal("CONT");
    }

    /** Stops the server; its connections break and its data is gone. */
    public void halt() {
        server.halt();
    }

    /** Starts the server again on the same port, empty. */
    public void restart() {
        try {
            server = launch();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!awaitReady()) {
            throw new IllegalStateException("Redis did not come back: " + server.logTail());
        }
    }

    /** Stops the server. */
    @Override
    public void close() {
        server.remove();
    }

    private ServerProcess startOnFreePort() throws IOException {
        String failure = "";
        for (int attempt = 0; attempt < PORT_ATTEMPTS_MAX; attempt++) {
            port = FreePorts.any();
            server = launch();
            if (awaitReady()) {
                return server;
            }
            failure = server.logTail();
            server.halt();
        }
        TestFolders.delete(folder);
        throw new IOException("Redis did not start: " + failure);
    }

    private ServerProcess launch() throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                program.toString(),
                                "--bind",
                                HOST,
                                "--port",
                                Integer.toString(port),
                                "--dir",
                                folder.toString(),
                                "--databases",
                                Integer.toString(DATABASES),
                                "--save",
                                "",
                                "--appendonly",
                                "no"));
        command.addAll(options);
        return ServerProcess.start(folder, command);
    }

    /** Its folder in the answer tells this server from another that took the port. */
    private boolean awaitReady() {
        long deadline = System.nanoTime() + START_TIME_MAX.toNanos();
        while (server.isAlive() && System.nanoTime() < deadline) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                socket.setSoTimeout(1000);
                socket.getOutputStream()
                        .write("CONFIG GET dir\r\n".getBytes(StandardCharsets.US_ASCII));
                return answersOwnFolder(socket);
            } catch (IOException e) {
                pause();
            }
        }
        return false;
    }

    /** An array of the two texts {@code dir} and the folder, each behind a line with its length. */
    private boolean answersOwnFolder(Socket socket) throws IOException {
        BufferedReader answer =
                new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        for (int line = 0; line < 4; line++) {
            answer.readLine();
        }
        return folder.toString().equals(answer.readLine());
    }

    /** The bundled program, or where its libraries are missing the one of the system. */
    private Path program() throws IOException {
        Path bundled =
                ExecutableProvider.newJarResourceProvider(
                                Files.createDirectory(folder.resolve("program")).toFile())
                        .get()
                        .toPath();
        for (Path candidate : List.of(bundled, Path.of("/usr/bin/redis-server"))) {
            if (Files.isExecutable(candidate) && runs(candidate)) {
                return candidate;
            }
        }
        throw new IOException(
                "neither " + bundled + " (it needs libssl3) nor /usr/bin/redis-server runs here");
    }

    private static boolean runs(Path program) throws IOException {
        Process process =
                new ProcessBuilder(program.toString(), "--version")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while Redis started", e);
        }
    }
}
