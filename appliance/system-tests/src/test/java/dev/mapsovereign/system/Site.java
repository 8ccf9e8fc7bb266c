package dev.mapsovereign.system;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.tls.TrustSet;
import dev.mapsovereign.node.cli.Commands;
import dev.mapsovereign.node.client.ClientIdentity;
import dev.mapsovereign.node.client.DispatchClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;

/**
 * A whole site in a temporary folder, set up by the product's own verbs; its node runs as a process
 * of its own, so that it can be killed.
 */
final class Site implements AutoCloseable {
    private static final Duration READY_MAX = Duration.ofSeconds(240);

    /** More than what a test writes. */
    private static final int JOURNAL_PART_BYTES = 8 << 20;

    private final Path folder;
    private final int port;
    private final Map<String, String> environment;
    private Optional<Process> process = Optional.empty();
    private final String apiKey;
    private final String agentDid;
    private final Registry registry;

    /** Sets up keys, certificates, schema, identities and registry on H2. */
    Site(Path folder) throws IOException {
        this(folder, "h2:" + folder.resolve("var/db/map"), "");
    }

    /**
     * The same on another database.
     *
     * @param more lines of configuration
     */
    Site(Path folder, String databaseUrl, String more) throws IOException {
        this.folder = folder;
        this.port = freePort();
        this.environment = configure(databaseUrl, more);
        makeKeys("log", "did", "registry");
        migrate();
        JsonObject made = run("init", "--tenant", "acme");
        apiKey = made.text("api_key").orElseThrow();
        agentDid = made.text("agent_did").orElseThrow();
        JsonObject created =
                run(
                        "registry",
                        "create",
                        "--from",
                        path("etc/identity/documents"),
                        "--to",
                        path("medium"));
        registry =
                new Registry(
                        path("medium"),
                        created.text("root_file").orElseThrow(),
                        made.text("human_root_pin").orElseThrow());
        mirror();
    }

    /**
     * A further node beside that site's, with keys, log and certificates of its own: the two share
     * the database and the registry.
     */
    Site(Path folder, Site first, String databaseUrl, String more) throws IOException {
        this.folder = folder;
        this.port = freePort();
        this.environment = configure(databaseUrl, more);
        makeKeys("log", "did");
        registry = first.registry;
        apiKey = first.apiKey;
        agentDid = first.agentDid;
        mirror();
    }

    /** Where a registry's snapshots lie, and what a mirror of it is told to trust. */
    private record Registry(String medium, String rootFile, String humanRootPin) {}

    /** Makes the folders and the configuration; returns the environment of every verb. */
    private Map<String, String> configure(String databaseUrl, String more) throws IOException {
        for (String name : List.of("etc", "var", "run", "medium")) {
            Files.createDirectories(folder.resolve(name));
        }
        Files.writeString(config(), configuration(databaseUrl) + more);
        return Map.of("MAP_CONFIG", config().toString(), "HOME", folder.toString());
    }

    private void makeKeys(String... roles) {
        List<String> verb = new ArrayList<>(List.of("keys", "generate"));
        verb.addAll(List.of(roles));
        run(verb.toArray(String[]::new));
        run("ca", "init", "--quick", "--organization", "Test", "--name", "127.0.0.1");
        run("ca", "issue", "--profile", "server", "--name", "127.0.0.1", "--out", path("etc/tls"));
    }

    private void mirror() throws IOException {
        Files.writeString(
                config(),
                """

                [registry]
                folder = "%s"
                root_file = "%s"
                roots = ["%s"]
                bind = "127.0.0.1:%d"
                """
                        .formatted(
                                path("var/registry"),
                                registry.rootFile(),
                                registry.humanRootPin(),
                                freePort()),
                StandardOpenOption.APPEND);
        run("registry", "import", registry.medium());
    }

    private Path config() {
        return folder.resolve("etc/map.toml");
    }

    /** Brings the schema up; a database on a busy machine may take some seconds to answer. */
    void migrate() {
        Ended ended = end("migrate", "apply");
        for (int tries = 0; ended.status() == 3 && tries < 20; tries++) {
            ended = end("migrate", "apply");
        }
        if (ended.status() != 0) {
            throw new AssertionError(ended.said());
        }
    }

    private String configuration(String databaseUrl) {
        return """
        [node]
        name = "site"
        data = "%s"
        run = "%s"
        keys = "%s"
        [gateway]
        bind = "127.0.0.1:%d"
        [gateway.tls]
        cert_file = "%s"
        key_file = "%s"
        [database]
        url = "%s"
        [metrics]
        port = %d
        """
                .formatted(
                        path("var"),
                        path("run"),
                        path("etc/keys"),
                        port,
                        path("etc/tls/fullchain.pem"),
                        path("etc/tls/privkey.pem"),
                        databaseUrl,
                        freePort());
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String path(String name) {
        return folder.resolve(name).toString();
    }

    String apiKey() {
        return apiKey;
    }

    String agentDid() {
        return agentDid;
    }

    /** Runs one verb of {@code map} in this process; it must end with 0. */
    JsonObject run(String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.add("--output");
        all.add("json");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = command(all, out, err);
        if (status != 0) {
            throw new AssertionError(
                    "map "
                            + arguments[0]
                            + " ended with "
                            + status
                            + ": "
                            + err.toString(StandardCharsets.UTF_8));
        }
        return facts(out);
    }

    /** Runs one verb; its exit status and what it said. */
    Ended end(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = command(List.of(arguments), out, err);
        return new Ended(
                status,
                out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8));
    }

    /** How a verb ended. */
    record Ended(int status, String said) {}

    private static JsonObject facts(ByteArrayOutputStream out) {
        return JsonReader.parseObject(
                out.toString(StandardCharsets.UTF_8).strip().getBytes(StandardCharsets.UTF_8),
                JsonReader.Limits.DEFAULT);
    }

    private int command(
            List<String> arguments, ByteArrayOutputStream out, ByteArrayOutputStream err) {
        return Commands.run(
                arguments.toArray(String[]::new),
                environment,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    /** A program of the product in a process of its own. */
    ProcessBuilder java(String... program) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path"))));
        command.addAll(List.of(program));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        return builder;
    }

    /** Starts the node and waits until it is ready. */
    void start() throws IOException, InterruptedException {
        start(Map.of());
    }

    /** The same with more of an environment. */
    void start(Map<String, String> more) throws IOException, InterruptedException {
        launch(more);
        awaitNotReady(Set.of());
    }

    /** Starts the node and waits for nothing. */
    Process launch(Map<String, String> more) throws IOException {
        ProcessBuilder builder = java("dev.mapsovereign.node.Main", "serve");
        builder.environment().putAll(more);
        builder.redirectErrorStream(true);
        builder.redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("node.log").toFile()));
        Process started = builder.start();
        process = Optional.of(started);
        return started;
    }

    /** Waits until exactly these components keep the node from being ready. */
    void awaitNotReady(Set<String> components) throws InterruptedException {
        long deadline = System.nanoTime() + READY_MAX.toNanos();
        Optional<Set<String>> now = notReady();
        while (!now.equals(Optional.of(components))) {
            boolean alive = process.isPresent() && process.get().isAlive();
            if (!alive || System.nanoTime() > deadline) {
                throw new AssertionError(
                        "the node's obstacles are %s instead of %s:%n%s"
                                .formatted(now, components, logTail()));
            }
            Thread.sleep(20);
            now = notReady();
        }
    }

    /** What keeps the node from being ready; empty while it does not answer. */
    private Optional<Set<String>> notReady() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        command(List.of("health", "--output", "json"), out, new ByteArrayOutputStream());
        if (out.size() == 0) {
            return Optional.empty();
        }
        return Optional.of(
                facts(out).array("not_ready").orElseThrow().values().stream()
                        .map(value -> ((JsonObject) value).text("component").orElseThrow())
                        .collect(Collectors.toSet()));
    }

    /** SIGKILL: nothing of the node gets to say anything. */
    void kill() throws InterruptedException {
        Process running = process.orElseThrow();
        running.destroyForcibly();
        running.waitFor(30, TimeUnit.SECONDS);
        process = Optional.empty();
    }

    /** SIGTERM; returns the exit status. */
    int stop() throws InterruptedException {
        Process running = process.orElseThrow();
        running.destroy();
        if (!running.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("the node did not stop:\n" + logTail());
        }
        process = Optional.empty();
        return running.exitValue();
    }

    /** A client that calls with {@code key}. */
    DispatchClient client(String key) {
        return new DispatchClient(
                new ClientIdentity(
                        URI.create("https://127.0.0.1:" + port),
                        Optional.of(Secret.copyOf(key.getBytes(StandardCharsets.US_ASCII))),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(folder.resolve("var/ca/root.pem"))));
    }

    /** Trusts the site's own root alone. */
    SSLContext trust() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        Path root = folder.resolve("var/ca/root.pem");
        context.init(null, TrustSet.read(root, Optional.empty()).trustManagers(), null);
        return context;
    }

    int port() {
        return port;
    }

    /** The node's process. */
    long pid() {
        return process.orElseThrow().pid();
    }

    /** How many records a log has. */
    long records(String tenant) {
        return run("audit", "status").array("logs").orElseThrow().values().stream()
                .map(value -> (JsonObject) value)
                .filter(log -> log.text("tenant").orElseThrow().equals(tenant))
                .mapToLong(log -> Long.parseLong(log.text("records").orElseThrow()))
                .sum();
    }

    /** Whether some record in the first part of the running node's journal holds these bytes. */
    boolean journalHolds(String text) throws IOException {
        Path segment = folder.resolve("var/audit/journal/0000000000000001.segment");
        try (InputStream journal = Files.newInputStream(segment)) {
            return new String(journal.readNBytes(JOURNAL_PART_BYTES), StandardCharsets.ISO_8859_1)
                    .contains(text);
        }
    }

    String logTail() {
        try {
            List<String> lines = Files.readAllLines(folder.resolve("node.log"));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }

    @Override
    public void close() {
        process.ifPresent(Process::destroyForcibly);
    }
}
