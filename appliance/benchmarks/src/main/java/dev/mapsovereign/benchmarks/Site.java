package dev.mapsovereign.benchmarks;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.tls.TrustSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;

/**
 * A site in a temporary folder, made by the product's own verbs: keys, certificates, schema,
 * tenant, agents, an imported registry snapshot; rate limits out of the way.
 *
 * @param folder everything lies below it
 * @param port of the gateway
 * @param apiKey of the agent that may call everything
 * @param agentDid of that agent
 */
record Site(Path folder, int port, String apiKey, String agentDid) {
    private static final String MAP = "dev.mapsovereign.node.Main";

    /**
     * Makes one below {@code folder}, which exists and is empty.
     *
     * @param more tables that its configuration has besides
     */
    static Site make(Path folder, int port, String more) throws IOException, InterruptedException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));
        for (String part : List.of("etc", "var", "run", "medium")) {
            Files.createDirectory(folder.resolve(part));
        }
        Path config = folder.resolve("map.toml");
        Files.writeString(config, configuration(folder, port));
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-r-----"));
        map(config, "keys", "generate", "log", "did", "plugin", "registry");
        map(
                config,
                "ca",
                "init",
                "--quick",
                "--organization",
                "Benchmark",
                "--name",
                "localhost",
                "--name",
                "127.0.0.1");
        map(
                config,
                "ca",
                "issue",
                "--profile",
                "server",
                "--name",
                "localhost",
                "--name",
                "127.0.0.1",
                "--out",
                folder.resolve("etc/tls").toString());
        map(config, "migrate", "apply");
        JsonObject made = map(config, "init", "--tenant", "acme");
        JsonObject published =
                map(
                        config,
                        "registry",
                        "create",
                        "--from",
                        folder.resolve("etc/identity/documents").toString(),
                        "--to",
                        folder.resolve("medium").toString());
        Files.writeString(
                config,
                configuration(folder, port)
                        + more
                        + String.format(
                                "%n[registry]%nfolder = \"%s\"%nroot_file = \"%s\"%nroots ="
                                        + " [\"%s\"]%n",
                                folder.resolve("var/registry"),
                                published.text("root_file").orElseThrow(),
                                made.text("human_root_pin").orElseThrow()));
        map(config, "registry", "import", folder.resolve("medium").toString());
        return new Site(
                folder,
                port,
                made.text("api_key").orElseThrow(),
                made.text("agent_did").orElseThrow());
    }

    private static String configuration(Path folder, int port) {
        return """
        [node]
        name = "benchmark"
        data = "%1$s/var"
        run = "%1$s/run"
        keys = "%1$s/etc/keys"

        [gateway]
        bind = "127.0.0.1:%2$d"

        [gateway.tls]
        cert_file = "%1$s/etc/tls/fullchain.pem"
        key_file = "%1$s/etc/tls/privkey.pem"

        [database]
        url = "h2:%1$s/var/db/map"

        [metrics]
        port = 0

        [log]
        filter = "warn"

        [engine.rate_limit]
        per_second = 1000000
        """
                .formatted(folder, port);
    }

    private static JsonObject map(Path config, String... arguments)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--config", config.toString(), "--output", "json"));
        String output = ServerProcess.run(MAP, all).strip();
        return JsonReader.parseObject(
                output.getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT);
    }

    /** Starts the node of this site. */
    ServerProcess startNode() throws IOException {
        return startNode(Envelope.NONE);
    }

    /** Starts the node of this site within limits. */
    ServerProcess startNode(Envelope envelope) throws IOException {
        return ServerProcess.start(
                envelope,
                folder.resolve("node.log"),
                MAP,
                List.of("serve", "--config", folder.resolve("map.toml").toString()));
    }

    /** Starts the gateway alone, with this site's certificate. */
    ServerProcess startConstant() throws IOException {
        return startConstant(Envelope.NONE);
    }

    /** Starts the gateway alone within limits. */
    ServerProcess startConstant(Envelope envelope) throws IOException {
        return ServerProcess.start(
                envelope,
                folder.resolve("constant.log"),
                ConstantServer.class.getName(),
                List.of(
                        String.valueOf(port),
                        folder.resolve("etc/tls/fullchain.pem").toString(),
                        folder.resolve("etc/tls/privkey.pem").toString()));
    }

    /** Connections in TLS that trust the site's own root alone. */
    SSLSocketFactory trust() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        Path root = folder.resolve("var/ca/root.pem");
        context.init(null, TrustSet.read(root, Optional.empty()).trustManagers(), null);
        return context.getSocketFactory();
    }

    /** The header line of the agent's credential. */
    String authorization() {
        return "Authorization: Bearer " + apiKey + "\r\n";
    }
}
