package dev.mapsovereign.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.node.Node;
import dev.mapsovereign.node.NodeConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A policy over its life on a running node: from the control socket to the caller's answer. */
class PolicyNodeTest {
    @TempDir private Path folder;
    private final HttpClient client = HttpClient.newHttpClient();

    /** What a call was answered. */
    private record Answer(int status, JsonObject body) {}

    /** Nobody listens there at this moment. */
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Answer call(int port, String key, String operation, String input)
            throws IOException, InterruptedException {
        HttpResponse<byte[]> response =
                client.send(
                        HttpRequest.newBuilder(
                                        URI.create("http://127.0.0.1:" + port + "/v1/dispatch"))
                                .timeout(Duration.ofSeconds(30))
                                .header("Authorization", "Bearer " + key)
                                .header("Content-Type", "application/json")
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "{\"protocol\":\"MAX\",\"operation\":\""
                                                        + operation
                                                        + "\",\"input\":"
                                                        + input
                                                        + "}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        return new Answer(
                response.statusCode(),
                JsonReader.parseObject(response.body(), JsonReader.Limits.DEFAULT));
    }

    @Test
    void policy_onARunningNode_refusesByNameUntilItIsRetired() throws Exception {
        CommandLineSite site = CommandLineSite.in(folder);
        int port = freePort();
        Path config = folder.resolve("etc/map.toml");
        Files.writeString(
                config,
                Files.readString(config).replace("127.0.0.1:1\"", "127.0.0.1:" + port + "\"")
                        + """

                        [registry]
                        folder = "%1$s/registry"
                        bind = "127.0.0.1:%2$d"
                        [plugins]
                        folder = "%1$s/plugins"
                        [metrics]
                        port = %3$d
                        """
                                .formatted(folder, freePort(), freePort()));
        Files.createDirectories(folder.resolve("plugins"));
        site.run("keys", "generate", "log", "did").facts();
        site.run("migrate", "apply").facts();
        JsonObject made = site.run("init", "--tenant", "acme").facts();
        String key = made.text("api_key").orElseThrow();
        site.run(
                        "capability",
                        "grant",
                        "--tenant",
                        "acme",
                        "--did",
                        made.text("agent_did").orElseThrow(),
                        "map.max.*")
                .facts();
        Path file =
                Files.writeString(
                        folder.resolve("cap.cedar"),
                        "permit (principal in Tenant::\"acme\","
                                + " action == Action::\"map.max.audit_query\", resource)\n"
                                + "when { resource.limit <= 10 };\n");
        NodeConfig loaded = NodeConfig.load(Optional.of(config), Map.of("HOME", folder.toString()));
        try (Node node = Node.start(loaded, () -> loaded, Optional.empty())) {
            assertThat(node).isNotNull();
            assertThat(call(port, key, "audit_query", "{\"limit\":50}").status()).isEqualTo(200);
            site.run(
                            "policy",
                            "author",
                            "--id",
                            "ops.query_cap",
                            "--version",
                            "v1.0.0",
                            "--file",
                            file.toString(),
                            "--reason",
                            "small answers")
                    .facts();
            assertThat(call(port, key, "audit_query", "{\"limit\":50}").status()).isEqualTo(200);
            site.run("policy", "activate", "ops.query_cap", "v1.0.0").facts();

            Answer refused = call(port, key, "audit_query", "{\"limit\":50}");

            assertThat(refused.status()).isEqualTo(422);
            assertThat(refused.body().text("code")).contains("policy_denied");
            assertThat(refused.body().text("stage")).contains("security_gating");
            assertThat(refused.body().text("message").orElseThrow())
                    .startsWith("no policy permits map.max.audit_query to ")
                    .endsWith("; asked: ops.query_cap v1.0.0");
            assertThat(refused.body().object("details").flatMap(it -> it.text("policy")))
                    .contains("ops.query_cap");
            JsonObject record = record(port, key, refused);
            assertThat(record.text("event_type")).contains("SecurityViolation");
            assertThat(record.text("outcome")).contains("refused");
            assertThat(record.text("code")).contains("policy_denied");
            JsonObject rule =
                    record.object("meta").flatMap(meta -> meta.object("rule")).orElseThrow();
            assertThat(rule.text("policy")).contains("ops.query_cap");
            assertThat(rule.text("policy_version")).contains("v1.0.0");

            assertThat(call(port, key, "health_check", "{}").status()).isEqualTo(200);
            site.run("policy", "retire", "ops.query_cap").facts();
            assertThat(call(port, key, "audit_query", "{\"limit\":50}").status()).isEqualTo(200);
        }
        assertThat(changes(site)).contains("policy authored", "policy activated", "policy retired");
    }

    /** The record that the refusal itself names, asked for within the policy. */
    private JsonObject record(int port, String key, Answer refused)
            throws IOException, InterruptedException {
        String id = refused.body().text("correlation_id").orElseThrow();
        Answer found =
                call(port, key, "audit_query", "{\"limit\":1,\"correlation_id\":\"" + id + "\"}");
        assertThat(found.status()).as("%s", found.body()).isEqualTo(200);
        JsonArray records =
                found.body().object("data").flatMap(data -> data.array("records")).orElseThrow();
        assertThat(records.values()).hasSize(1);
        JsonObject entry = (JsonObject) records.values().getFirst();
        return entry.object("record").orElse(entry);
    }

    /** Of the node's own chain, by its journal. */
    private List<String> changes(CommandLineSite site) throws IOException {
        assertThat(site.run("audit", "status").status()).isZero();
        StringBuilder journal = new StringBuilder();
        try (var files = Files.walk(folder.resolve("var/audit/journal"))) {
            for (Path each : files.filter(Files::isRegularFile).toList()) {
                journal.append(new String(Files.readAllBytes(each), StandardCharsets.ISO_8859_1));
            }
        }
        return List.of("policy authored", "policy activated", "policy retired").stream()
                .filter(change -> journal.indexOf("\"change\":\"" + change + "\"") >= 0)
                .toList();
    }
}
