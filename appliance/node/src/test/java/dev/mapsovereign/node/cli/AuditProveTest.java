package dev.mapsovereign.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.node.Node;
import dev.mapsovereign.node.NodeConfig;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code map audit prove} with and without a running node, and {@code map-verify} over it. */
final class AuditProveTest {
    private static final int SECONDS_MAX = 120;

    @TempDir private Path folder;

    private record Ended(int status, String out) {}

    private Path configuration() throws IOException {
        Path config = folder.resolve("map.toml");
        if (!Files.exists(config)) {
            Files.writeString(
                    config,
                    """
                    [node]
                    name = "alpha"
                    data = "%1$s/var"
                    run = "%1$s/run"
                    keys = "%1$s/keys"
                    identity = "%1$s/identity"

                    [gateway]
                    bind = "127.0.0.1:%2$d"
                    plain_http_on_loopback = true

                    [database]
                    url = "h2:%1$s/map"

                    [registry]
                    folder = "%1$s/registry"
                    bind = "127.0.0.1:%3$d"

                    [plugins]
                    folder = "%1$s/plugins"

                    [metrics]
                    port = %4$d
                    """
                            .formatted(folder, freePort(), freePort(), freePort()));
            Files.createDirectories(folder.resolve("plugins"));
        }
        return config;
    }

    /** Nobody listens there at this moment. */
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** A verb of {@code map} in this process. */
    private Ended map(String... arguments) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--config", configuration().toString()));
        int status =
                Commands.run(
                        all.toArray(String[]::new),
                        Map.of("HOME", folder.toString()),
                        print,
                        print);
        return new Ended(status, out.toString(StandardCharsets.UTF_8));
    }

    /** A program of this build as a process of its own. */
    private Ended program(String main, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", classPath(), main));
        command.addAll(List.of(arguments));
        Path output = folder.resolve("output");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(command + " did not end");
        }
        return new Ended(process.exitValue(), Files.readString(output));
    }

    private static String classPath() {
        return String.join(
                File.pathSeparator,
                Stream.of("java.class.path", "jdk.module.path")
                        .flatMap(name -> Optional.ofNullable(System.getProperty(name)).stream())
                        .toList());
    }

    private JsonObject facts(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--output", "json"));
        Ended ended = map(all.toArray(String[]::new));
        assertThat(ended.status()).as(ended.out()).isZero();
        String line = ended.out().lines().filter(each -> each.startsWith("{")).toList().getLast();
        return JsonReader.parseObject(
                line.getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT);
    }

    private void verify(Path proof, Path trust, int exit, String text, String... more)
            throws Exception {
        List<String> all = new ArrayList<>(List.of("proof", proof.toString(), "--trust"));
        all.add(trust.toString());
        all.addAll(List.of(more));
        Ended ended = program("dev.mapsovereign.verifier.Main", all.toArray(String[]::new));
        assertThat(ended.out()).contains(text);
        assertThat(ended.status()).as(ended.out()).isEqualTo(exit);
    }

    @Test
    void prove_withAndWithoutANode_isVerifiedByTheAuditorsProgram() throws Exception {
        facts("keys", "generate", "log", "did");
        facts("migrate", "apply");
        JsonObject site = facts("init", "--tenant", "acme");
        Path trust =
                Files.writeString(
                        folder.resolve("alpha.policy"),
                        "log " + site.text("node_key").orElseThrow() + "\nquorum none\n");
        Path alone = folder.resolve("alone.tlog-proof");
        Ended asProcess =
                program(
                        "dev.mapsovereign.node.Main",
                        "audit",
                        "prove",
                        "--tenant",
                        "_node",
                        "--index",
                        "0",
                        "--out",
                        alone.toString(),
                        "--config",
                        configuration().toString());
        assertThat(asProcess.status()).as(asProcess.out()).isZero();
        verify(
                alone,
                trust,
                0,
                "record 0 of " + site.text("node_key").orElseThrow().split("\\+")[0]);

        Path keys = folder.resolve("keys.tlog-proof");
        Path ofTenant = folder.resolve("acme.tlog-proof");
        NodeConfig config = NodeConfig.load(Optional.of(configuration()), Map.of());
        try (Node node = Node.start(config, () -> config, Optional.empty())) {
            assertThat(node).isNotNull();
            facts(
                    "capability",
                    "grant",
                    "--tenant",
                    "acme",
                    "--did",
                    site.text("agent_did").orElseThrow(),
                    "map.max.*");
            Ended proven = untilCovered(ofTenant);
            assertThat(proven.out()).contains("record hash:");
            facts("audit", "prove", "--tenant", "acme", "--keys", "--out", keys.toString());
            assertThat(map("audit", "prove", "--tenant", "acme", "--index", "4711").out())
                    .contains("there is no record 4711");
            assertThat(map("audit", "prove", "--tenant", "acme").status()).isEqualTo(2);
            assertThat(facts("audit", "status").text("report_key").orElseThrow())
                    .contains("/_report+");
        }
        verify(ofTenant, trust, 1, "UNAUTHENTICATED");
        verify(ofTenant, trust, 0, "VERIFIED", "--key-record", keys.toString());
        byte[] bad = Files.readAllBytes(ofTenant);
        bad[80] ^= 1;
        verify(
                Files.write(folder.resolve("bad.tlog-proof"), bad),
                trust,
                4,
                "REFUSED",
                "--key-record",
                keys.toString());
    }

    /** A running node signs each second; until then the verb fails and says why. */
    private Ended untilCovered(Path out) throws IOException {
        while (true) {
            Ended ended =
                    map(
                            "audit",
                            "prove",
                            "--tenant",
                            "acme",
                            "--index",
                            "0",
                            "--out",
                            out.toString());
            if (ended.status() == 0) {
                return ended;
            }
            assertThat(ended.status()).as(ended.out()).isEqualTo(1);
            assertThat(ended.out()).contains("not yet under a checkpoint");
        }
    }
}
