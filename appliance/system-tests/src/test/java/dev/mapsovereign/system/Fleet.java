package dev.mapsovereign.system;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.node.cli.Commands;
import dev.mapsovereign.testing.TestDatabase;
import dev.mapsovereign.testing.TestPostgres;
import dev.mapsovereign.testing.TestRedis;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Two gateways and three engine hosts, each in a network namespace of its own, with one PostgreSQL
 * and one Redis between them. Whoever makes it is alone in a network namespace, its hub.
 */
final class Fleet implements AutoCloseable {
    private static final String HUB = "10.77.0.1";
    private static final long READY_SECONDS_MAX = 120;
    private static final int DATABASE_PORT = 5432;
    private static final int REDIS_PORT = 6379;

    /**
     * Database and Redis listen for their own host alone, and a node speaks without TLS to nobody
     * else: in each engine host's namespace this makes them a part of it.
     */
    private static final String LOOPBACK_RELAY =
            """
            import asyncio, sys

            async def copy(reader, writer):
                try:
                    while data := await reader.read(65536):
                        writer.write(data)
                        await writer.drain()
                except OSError:
                    pass
                finally:
                    writer.close()

            def relay(port):
                async def accept(reader, writer):
                    try:
                        far_reader, far_writer = await asyncio.open_connection(sys.argv[1], port)
                    except OSError:
                        writer.close()
                        return
                    await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
                return asyncio.start_server(accept, "127.0.0.1", port)

            async def main():
                servers = [await relay(int(port)) for port in sys.argv[2:]]
                await asyncio.gather(*(server.serve_forever() for server in servers))

            asyncio.run(main())
            """;

    /** One host. */
    final class Host {
        private final String name;
        private final String address;
        private Process process;

        private Host(String name, int number) throws IOException, InterruptedException {
            this.name = name;
            this.address = "10.77.0." + number;
            tool("ip", "netns", "add", name);
            tool("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name);
            tool("ip", "link", "set", name, "master", "hub", "up");
            inside("ip", "address", "add", address + "/24", "dev", "eth0");
            inside("ip", "link", "set", "eth0", "up");
            inside("ip", "link", "set", "lo", "up");
        }

        private void inside(String... command) throws IOException, InterruptedException {
            List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", name));
            all.addAll(List.of(command));
            tool(all.toArray(String[]::new));
        }

        String name() {
            return name;
        }

        /** Starts its process; waits for nothing. */
        void launch() throws IOException {
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    "ip",
                                    "netns",
                                    "exec",
                                    name,
                                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                    "-Xmx160m",
                                    "-XX:+UseSerialGC",
                                    "-XX:TieredStopAtLevel=1",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    "dev.mapsovereign.node.Main",
                                    "serve"));
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().put("MAP_CONFIG", config(name).toString());
            builder.environment().put("HOME", folder.toString());
            builder.redirectErrorStream(true);
            builder.redirectOutput(
                    ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".log").toFile()));
            process = builder.start();
        }

        /** Waits until it says that it is ready. */
        void awaitReady() throws IOException, InterruptedException {
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS_MAX);
            while (command(config(name), "health") != 0) {
                if (!process.isAlive() || System.nanoTime() > until) {
                    throw new AssertionError(
                            name + " is not ready:\n" + said + "\n" + logTail(name));
                }
                Thread.sleep(100);
            }
        }

        /** {@code ip netns exec} becomes the program, so this reaches the node itself. */
        void signal(String name) throws IOException, InterruptedException {
            tool("kill", "-" + name, Long.toString(process.pid()));
        }

        void kill() throws InterruptedException {
            process.destroyForcibly();
            process.waitFor(30, TimeUnit.SECONDS);
        }

        /** Takes the cable out, or puts it in again. */
        void cable(boolean in) throws IOException, InterruptedException {
            tool("ip", "link", "set", name, in ? "up" : "down");
        }
    }

    private final Path folder;
    private final TestPostgres postgres;
    private final TestRedis redis;
    private final TestDatabase database;
    private final List<Relay> relays = new ArrayList<>();
    private final List<Process> helpers = new ArrayList<>();
    private final List<Host> engines = new ArrayList<>();
    private final List<Host> gateways = new ArrayList<>();
    private final Map<String, String> keys = new LinkedHashMap<>();
    private String did = "";
    private String said = "";

    Fleet(Path folder) throws IOException, InterruptedException {
        this.folder = folder;
        tool("ip", "link", "set", "lo", "up");
        tool("ip", "link", "add", "hub", "type", "bridge");
        tool("ip", "address", "add", HUB + "/24", "dev", "hub");
        tool("ip", "link", "set", "hub", "up");
        postgres = TestPostgres.start();
        redis = TestRedis.start();
        database = postgres.freshDatabase();
        for (String at : List.of(HUB, "127.0.0.1")) {
            relays.add(new Relay(new InetSocketAddress(at, DATABASE_PORT), postgres.port()));
            relays.add(new Relay(new InetSocketAddress(at, REDIS_PORT), redis.port()));
        }
        for (int number = 1; number <= 3; number++) {
            Host engine = new Host("engine" + number, 10 + number);
            engines.add(engine);
            helpers.add(
                    new ProcessBuilder(
                                    "ip",
                                    "netns",
                                    "exec",
                                    engine.name,
                                    "python3",
                                    "-c",
                                    LOOPBACK_RELAY,
                                    HUB,
                                    Integer.toString(DATABASE_PORT),
                                    Integer.toString(REDIS_PORT))
                            .inheritIO()
                            .start());
        }
        for (int number = 1; number <= 2; number++) {
            gateways.add(new Host("gateway" + number, 20 + number));
        }
        setUp();
    }

    private Path config(String name) {
        return folder.resolve(name + ".toml");
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private void setUp() throws IOException {
        makeAuthority();
        for (Host engine : engines) {
            Files.writeString(config(engine.name), engineConfiguration(engine));
            run(config(engine.name), "keys", "generate", "log", "did");
        }
        Path first = config(engines.getFirst().name);
        run(first, "keys", "generate", "registry");
        run(first, "migrate", "apply");
        JsonObject made = run(first, "init", "--tenant", "acme");
        did = made.text("agent_did").orElseThrow();
        keys.put("acme", made.text("api_key").orElseThrow());
        for (String tenant : List.of("blue", "coral", "dune")) {
            run(first, "tenant", "create", tenant);
            keys.put(
                    tenant,
                    run(first, "apikey", "create", "--tenant", tenant, "--did", did)
                            .text("api_key")
                            .orElseThrow());
        }
        JsonObject created =
                run(
                        first,
                        "registry",
                        "create",
                        "--from",
                        path("engine1/etc/identity/documents"),
                        "--to",
                        path("medium"));
        for (Host engine : engines) {
            Files.writeString(
                    config(engine.name),
                    """

                    [registry]
                    folder = "%s"
                    root_file = "%s"
                    roots = ["%s"]
                    """
                            .formatted(
                                    path(engine.name + "/registry"),
                                    created.text("root_file").orElseThrow(),
                                    made.text("human_root_pin").orElseThrow()),
                    java.nio.file.StandardOpenOption.APPEND);
            run(config(engine.name), "registry", "import", path("medium"));
        }
        for (Host gateway : gateways) {
            Files.writeString(config(gateway.name), gatewayConfiguration(gateway));
        }
    }

    /** One authority for all, in a folder that no host has. */
    private void makeAuthority() throws IOException {
        Path authority = config("authority");
        Files.writeString(
                authority,
                """
                [node]
                name = "authority"
                data = "%s"
                run = "%s"
                keys = "%s"
                [gateway]
                bind = "127.0.0.1:1"
                plain_http_on_loopback = true
                [database]
                url = "h2:%s"
                """
                        .formatted(
                                path("authority/var"),
                                path("authority/run"),
                                path("authority/keys"),
                                path("authority/var/db")));
        Files.createDirectories(folder.resolve("authority/run"));
        run(authority, "keys", "generate", "log");
        List<String> init =
                new ArrayList<>(List.of("ca", "init", "--quick", "--organization", "Fleet"));
        init.addAll(List.of("--name", "fleet.test"));
        for (Host host : hosts()) {
            init.addAll(List.of("--name", host.address));
        }
        run(authority, init.toArray(String[]::new));
        for (Host host : hosts()) {
            run(
                    authority,
                    "ca",
                    "issue",
                    "--profile",
                    "server",
                    "--name",
                    host.address,
                    "--out",
                    path(host.name + "/tls"));
        }
        for (Host gateway : gateways) {
            run(
                    authority,
                    "ca",
                    "issue",
                    "--profile",
                    "client",
                    "--name",
                    gateway.name + ".fleet.test",
                    "--out",
                    path(gateway.name + "/engine-tls"));
        }
    }

    private String engineConfiguration(Host host) throws IOException {
        Files.createDirectories(folder.resolve(host.name + "/run"));
        return """
        [node]
        name = "%1$s"
        role = "engine"
        data = "%2$s/var"
        run = "%2$s/run"
        keys = "%2$s/etc/keys"
        [engine.listen]
        bind = "%3$s:8080"
        cert_file = "%2$s/tls/fullchain.pem"
        key_file = "%2$s/tls/privkey.pem"
        ca_file = "%4$s"
        gateways = ["gateway1.fleet.test", "gateway2.fleet.test"]
        [engine.rate_limit]
        backend = "redis"
        [database]
        url = "%5$s"
        [redis]
        url = "redis://%6$s:%7$d"
        [sovereign]
        allowed_egress = ["%6$s:%7$d", "%6$s:%8$d"]
        """
                .formatted(
                        host.name,
                        folder.resolve(host.name),
                        host.address,
                        root(),
                        database.url()
                                .replace(
                                        "127.0.0.1:" + database.port(),
                                        "127.0.0.1:" + DATABASE_PORT),
                        "127.0.0.1",
                        REDIS_PORT,
                        DATABASE_PORT);
    }

    private String gatewayConfiguration(Host host) throws IOException {
        Files.createDirectories(folder.resolve(host.name + "/run"));
        String addresses =
                list(engines.stream().map(e -> "https://" + e.address + ":8080").toList());
        String egress = list(engines.stream().map(e -> e.address + ":8080").toList());
        return """
        [node]
        name = "%1$s"
        role = "gateway"
        data = "%2$s/var"
        run = "%2$s/run"
        [gateway]
        bind = "%3$s:8443"
        [gateway.tls]
        cert_file = "%2$s/tls/fullchain.pem"
        key_file = "%2$s/tls/privkey.pem"
        [gateway.engines]
        addresses = %4$s
        ca_file = "%5$s"
        cert_file = "%2$s/engine-tls/fullchain.pem"
        key_file = "%2$s/engine-tls/privkey.pem"
        [sovereign]
        allowed_egress = %6$s
        """
                .formatted(
                        host.name,
                        folder.resolve(host.name),
                        host.address,
                        addresses,
                        root(),
                        egress);
    }

    private static String list(List<String> texts) {
        return "[\"" + String.join("\", \"", texts) + "\"]";
    }

    private Path root() {
        return folder.resolve("authority/var/ca/root.pem");
    }

    /** All of them start, and are ready. */
    void start() throws IOException, InterruptedException {
        for (Host host : hosts()) {
            host.launch();
        }
        for (Host host : hosts()) {
            host.awaitReady();
        }
    }

    List<Host> engines() {
        return engines;
    }

    /** The engine host that gets the most calls now. */
    Host busiestEngine() throws InterruptedException {
        Map<String, Long> before = answered();
        Thread.sleep(1_000);
        Map<String, Long> after = answered();
        return engines.stream()
                .max(
                        Comparator.comparingLong(
                                engine -> after.get(engine.address) - before.get(engine.address)))
                .orElseThrow();
    }

    private Map<String, Long> answered() {
        Map<String, Long> answered = new HashMap<>();
        for (Host gateway : gateways) {
            for (JsonValue row :
                    run(config(gateway.name), "endpoint", "list")
                            .array("endpoints")
                            .orElseThrow()
                            .values()) {
                JsonObject host = (JsonObject) row;
                String address = host.text("endpoint").orElseThrow().replace(":8080", "");
                answered.merge(address, host.integer("answered").orElseThrow(), Long::sum);
            }
        }
        return answered;
    }

    List<Host> gateways() {
        return gateways;
    }

    private List<Host> hosts() {
        List<Host> all = new ArrayList<>(engines);
        all.addAll(gateways);
        return all;
    }

    TestPostgres postgres() {
        return postgres;
    }

    TestRedis redis() {
        return redis;
    }

    TestDatabase database() {
        return database;
    }

    /** Callers of each tenant. */
    FleetLoad load() {
        return new FleetLoad(
                gateways.stream()
                        .map(gateway -> URI.create("https://" + gateway.address + ":8443"))
                        .toList(),
                keys,
                did,
                root());
    }

    private JsonObject run(Path config, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--output", "json"));
        if (command(config, all.toArray(String[]::new)) != 0) {
            throw new AssertionError("map " + String.join(" ", all) + ": " + said);
        }
        return JsonReader.parseObject(
                said.strip().getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT);
    }

    private int command(Path config, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status =
                Commands.run(
                        arguments,
                        Map.of("MAP_CONFIG", config.toString(), "HOME", folder.toString()),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
        said =
                status == 0
                        ? out.toString(StandardCharsets.UTF_8)
                        : err.toString(StandardCharsets.UTF_8);
        return status;
    }

    /** The end of what a host said. */
    String logTail(String name) {
        try {
            List<String> lines = Files.readAllLines(folder.resolve(name + ".log"));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }

    private static void tool(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
    }

    @Override
    public void close() throws IOException {
        for (Host host : hosts()) {
            if (host.process != null) {
                host.process.destroyForcibly();
            }
        }
        helpers.forEach(Process::destroyForcibly);
        for (Relay relay : relays) {
            relay.close();
        }
        redis.close();
        postgres.close();
    }
}
