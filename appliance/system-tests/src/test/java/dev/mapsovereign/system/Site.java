package dev.mapsovereign.system;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.node.cli.Commands;
import dev.mapsovereign.node.client.ClientIdentity;
import dev.mapsovereign.node.client.DispatchClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A whole site in a temporary folder, set up by the product's own verbs; its node runs as a process
 * of its own, so that it can be killed.
 */
final class Site implements AutoCloseable {
    private static final Duration READY_MAX = Duration.ofSeconds(240);

    private final Path folder;
    private final int port;
    private final Map<String, String> environment;
    private Optional<Process> process = Optional.empty();
    private final String apiKey;
    private final String agentDid;

    /** Sets up keys, certificates, schema, identities and registry on H2. */
    Site(Path folder) throws IOException {
        this.folder = folder;
        this.port = freePort();
        Path config = folder.resolve("etc/map.toml");
        this.environment = Map.of("MAP_CONFIG", config.toString(), "HOME", folder.toString());
        for (String name : List.of("etc", "var", "run", "medium")) {
            Files.createDirectories(folder.resolve(name));
        }
        Files.writeString(config, configuration());
        run("keys", "generate", "log", "did", "registry");
        run("ca", "init", "--quick", "--organization", "Test", "--name", "127.0.0.1");
        run("ca", "issue", "--profile", "server", "--name", "127.0.0.1", "--out", path("etc/tls"));
        run("migrate", "apply");
        JsonObject made = run("init", "--tenant", "acme");
        apiKey = made.text("api_key").orElseThrow();
        agentDid = made.text("agent_did").orElseThrow();
        JsonObject registry =
                run(
                        "registry",
                        "create",
                        "--from",
                        path("etc/identity/documents"),
                        "--to",
                        path("medium"));
        Files.writeString(
                config,
                """

                [registry]
                folder = "%s"
                root_file = "%s"
                roots = ["%s"]
                bind = "127.0.0.1:%d"
                """
                        .formatted(
                                path("var/registry"),
                                registry.text("root_file").orElseThrow(),
                                made.text("human_root_pin").orElseThrow(),
                                freePort()),
                StandardOpenOption.APPEND);
        run("registry", "import", path("medium"));
    }

    private String configuration() {
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
        url = "h2:%s"
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
                        path("var/db/map"),
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

    /** Starts the node and waits until it is ready. */
    void start() throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        "dev.mapsovereign.node.Main",
                        "serve");
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true);
        builder.redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("node.log").toFile()));
        Process started = builder.start();
        process = Optional.of(started);
        long deadline = System.nanoTime() + READY_MAX.toNanos();
        while (command(List.of("health"), new ByteArrayOutputStream(), new ByteArrayOutputStream())
                != 0) {
            if (!started.isAlive() || System.nanoTime() > deadline) {
                throw new AssertionError("the node is not ready:\n" + logTail());
            }
            Thread.sleep(20);
        }
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

    int port() {
        return port;
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
