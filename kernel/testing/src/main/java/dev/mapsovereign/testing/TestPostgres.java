package dev.mapsovereign.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A real PostgreSQL server on a random loopback port.
 *
 * <p>{@link #shared} starts one for the whole test run; each test takes {@link #freshDatabase} from
 * it. Tests that take the server away start one of their own. PostgreSQL refuses to run as root;
 * when the tests do, it runs as {@code nobody}.
 *
 * <p>It does not sync to disk: nothing here cuts the power, and a test run waits for nothing. Safe
 * for use by several threads, but for {@link #halt}, {@link #kill}, {@link #restart} and {@link
 * #close}.
 */
public final class TestPostgres implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final String USER = "postgres";
    private static final Duration START_TIME_MAX = Duration.ofSeconds(60);
    private static final int POLL_MILLIS = 20;

    /** Between choosing a free port and listening there somebody else can take it. */
    private static final int PORT_ATTEMPTS_MAX = 5;

    private final Path folder;
    private final Path binaries;
    private final String password = UUID.randomUUID().toString();
    private final AtomicInteger databases = new AtomicInteger();
    private int port;
    private ServerProcess server;

    private static final class Shared {
        static final TestPostgres INSTANCE = start();
    }

    private TestPostgres() throws IOException {
        binaries = PostgresBinaries.unpacked();
        folder = TestFolders.create("postgres");
        initialize();
        server = startOnFreePort();
    }

    /** The server that all tests of this Java process share; it ends with the process. */
    public static TestPostgres shared() {
        return Shared.INSTANCE;
    }

    /** Another server; it ends when closed, at the latest with this Java process. */
    public static TestPostgres start() {
        try {
            return new TestPostgres();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An empty database that nobody else uses. */
    public TestDatabase freshDatabase() {
        String name = "test_" + databases.incrementAndGet();
        try (Connection connection = database(USER).connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("cannot create the database " + name, e);
        }
        return database(name);
    }

    /** The server's port; stays the same over {@link #halt} and {@link #restart}. */
    public int port() {
        return port;
    }

    /** Stops the server and keeps its data; its connections break. */
    public void halt() {
        server.halt();
    }

    /** SIGKILL for the server and all its backends; its data stays as it was at that moment. */
    public void kill() {
        server.kill();
    }

    /** SIGSTOP: the server takes connections, as far as the kernel does, and says nothing. */
    public void pause() {
        server.signal("STOP");
    }

    /** SIGCONT: it goes on as if nothing had been. */
    public void resume() {
        server.signal("CONT");
    }

    /** Drops a database with whoever is connected to it, and makes an empty one of that name. */
    public void recreate(TestDatabase database) {
        try (Connection connection = database(USER).connect();
                Statement statement = connection.createStatement()) {
            statement.execute("DROP DATABASE " + database.name() + " WITH (FORCE)");
            statement.execute("CREATE DATABASE " + database.name());
        } catch (SQLException e) {
            throw new IllegalStateException("cannot recreate " + database.name(), e);
        }
    }

    /** Starts the server again on the same port with the data it had. */
    public void restart() {
        try {
            server = launch();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!awaitReady()) {
            throw new IllegalStateException("PostgreSQL did not come back: " + server.logTail());
        }
    }

    /** Stops the server and removes its data. */
    @Override
    public void close() {
        server.remove();
    }

    private TestDatabase database(String name) {
        return new TestDatabase(HOST, port, name, USER, password);
    }

    private void initialize() throws IOException {
        Path data = folder.resolve("data");
        Path passwordFile = folder.resolve("password");
        Files.createDirectory(
                data,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createFile(
                passwordFile,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(passwordFile, password + "\n");
        if (TestFolders.isRoot()) {
            Files.setAttribute(data, "unix:uid", TestFolders.NOBODY);
            Files.setAttribute(passwordFile, "unix:uid", TestFolders.NOBODY);
        }
        run(
                "initdb",
                "--pgdata=" + data,
                "--username=" + USER,
                "--pwfile=" + passwordFile,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--no-instructions");
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
        throw new IOException("PostgreSQL did not start: " + failure);
    }

    private ServerProcess launch() throws IOException {
        return ServerProcess.start(
                folder,
                command(
                        "postgres",
                        "-D",
                        folder.resolve("data").toString(),
                        "-p",
                        Integer.toString(port),
                        "-c",
                        "listen_addresses=" + HOST,
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "max_connections=200",
                        "-c",
                        "fsync=off",
                        "-c",
                        "full_page_writes=off"));
    }

    private boolean awaitReady() {
        long deadline = System.nanoTime() + START_TIME_MAX.toNanos();
        while (server.isAlive() && System.nanoTime() < deadline) {
            try (Connection connection = database(USER).connect()) {
                // Whoever took the port first may be another test's PostgreSQL: its password
                // differs.
                return connection.isValid(0);
            } catch (SQLException e) {
                waitAWhile();
            }
        }
        return false;
    }

    private void run(String program, String... arguments) throws IOException {
        Path log = folder.resolve(program + ".log");
        Process process =
                new ProcessBuilder(command(program, arguments))
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            if (!process.waitFor(START_TIME_MAX.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(program + " did not end: " + Files.readString(log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + program, e);
        }
        if (process.exitValue() != 0) {
            throw new IOException(program + " failed: " + Files.readString(log));
        }
    }

    private List<String> command(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if (TestFolders.isRoot()) {
            String user = Integer.toString(TestFolders.NOBODY);
            command.addAll(
                    List.of("setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--"));
        }
        command.add(binaries.resolve("bin").resolve(program).toString());
        command.addAll(List.of(arguments));
        return command;
    }

    private static void waitAWhile() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while PostgreSQL started", e);
        }
    }
}
