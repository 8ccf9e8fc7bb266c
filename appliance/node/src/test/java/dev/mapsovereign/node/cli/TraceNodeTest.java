package dev.mapsovereign.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.node.Node;
import dev.mapsovereign.node.NodeConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces of a running node: at a collector, by GET /admin/trace, by map trace; and its log. */
class TraceNodeTest {
    @TempDir private Path folder;
    private final HttpClient client = HttpClient.newHttpClient();
    private final Queue<JsonObject> collected = new ConcurrentLinkedQueue<>();
    private HttpServer collector;
    private CommandLineSite site;
    private String key = "";
    private String agent = "";
    private int port;
    private Node node;

    /** What a call was answered. */
    private record Answer(int status, JsonObject body) {
        String id() {
            return body.text("correlation_id")
                    .or(() -> body.object("metadata").flatMap(it -> it.text("correlation_id")))
                    .orElseThrow();
        }

        JsonObject data() {
            return body.object("data").orElseThrow();
        }
    }

    @BeforeEach
    void start() throws Exception {
        collector =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        collector.createContext(
                "/v1/traces",
                exchange -> {
                    collected.add(
                            JsonReader.parseObject(
                                    exchange.getRequestBody().readAllBytes(),
                                    JsonReader.Limits.DEFAULT));
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        collector.start();
        site = CommandLineSite.in(folder);
        port = freePort();
        configure();
        site.run("keys", "generate", "log", "did").facts();
        site.run("migrate", "apply").facts();
        JsonObject made = site.run("init", "--tenant", "acme").facts();
        key = made.text("api_key").orElseThrow();
        agent = made.text("agent_did").orElseThrow();
        grant("map.max.*");
        NodeConfig loaded =
                NodeConfig.load(
                        Optional.of(folder.resolve("etc/map.toml")),
                        Map.of("HOME", folder.toString()));
        node = Node.start(loaded, () -> loaded, Optional.empty());
    }

    @AfterEach
    void stop() {
        node.close();
        collector.stop(0);
    }

    /** Nobody listens there at this moment. */
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void configure() throws IOException {
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
                        [trace]
                        otlp_endpoint = "http://127.0.0.1:%4$d"
                        kept = 50
                        [sovereign]
                        allowed_egress = ["127.0.0.1:%4$d"]
                        """
                                .formatted(
                                        folder,
                                        freePort(),
                                        freePort(),
                                        collector.getAddress().getPort()));
        Files.createDirectories(folder.resolve("plugins"));
    }

    private void grant(String capability) {
        site.run("capability", "grant", "--tenant", "acme", "--did", agent, capability).facts();
    }

    private Answer call(String operation, String input) throws Exception {
        return answer(
                request("/v1/dispatch")
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "{\"protocol\":\"MAX\",\"operation\":\""
                                                + operation
                                                + "\",\"input\":"
                                                + input
                                                + "}")));
    }

    private Answer look(String query) throws Exception {
        return answer(request("/admin/trace" + query).GET());
    }

    private HttpRequest.Builder request(String target) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target))
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + key);
    }

    private Answer answer(HttpRequest.Builder request) throws Exception {
        HttpResponse<byte[]> response =
                client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        return new Answer(
                response.statusCode(),
                JsonReader.parseObject(response.body(), JsonReader.Limits.DEFAULT));
    }

    private static List<JsonObject> objects(JsonObject holder, String name) {
        List<JsonObject> found = new ArrayList<>();
        for (JsonValue each : holder.array(name).orElse(JsonArray.of()).values()) {
            found.add((JsonObject) each);
        }
        return found;
    }

    private JsonObject recordOf(String id) throws Exception {
        Answer found = call("audit_query", "{\"limit\":1,\"correlation_id\":\"" + id + "\"}");
        assertThat(found.status()).as("%s", found.body()).isEqualTo(200);
        JsonObject entry = objects(found.data(), "records").getFirst();
        return entry.object("record").orElse(entry);
    }

    @Test
    void adminTrace_withoutItsCapability_isRefusedAsAViolation_andWithItShowsTheOwnCalls()
            throws Exception {
        Answer called = call("health_check", "{}");
        assertThat(called.status()).isEqualTo(200);

        Answer refused = look("?limit=5");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.body().text("code")).contains("capability_denied");
        assertThat(refused.body().text("message").orElseThrow())
                .contains("map.admin.observability");
        JsonObject violation = recordOf(refused.id());
        assertThat(violation.text("event_type")).contains("SecurityViolation");
        assertThat(violation.text("operation")).contains("observability");

        grant("map.admin.observability");
        Answer looked = look("?correlation_id=" + called.id());
        assertThat(looked.status()).as("%s", looked.body()).isEqualTo(200);
        assertThat(looked.data().integer("kept")).hasValue(50);
        List<JsonObject> traces = objects(looked.data(), "traces");
        assertThat(traces).hasSize(1);
        assertThat(traces.getFirst().text("operation")).contains("health_check");
        assertThat(objects(traces.getFirst(), "spans")).hasSize(9);
        JsonObject record = recordOf(looked.id());
        assertThat(record.text("event_type")).contains("ProtocolInvocation");
        assertThat(record.object("meta").flatMap(meta -> meta.text("asked_correlation_id")))
                .contains(called.id());

        JsonObject shown = site.run("trace", "--correlation-id", refused.id()).facts();
        assertThat(objects(shown, "traces").getFirst().text("code")).contains("capability_denied");
        assertThat(site.run("trace", "--limit", "257").status()).isEqualTo(2);
        assertThat(objects(site.run("trace", "--limit", "2").facts(), "traces")).hasSize(2);
    }

    @Test
    void close_sendsTheCollectorWhatWaits() throws Exception {
        Answer called = call("health_check", "{}");
        node.close();

        String digits = called.id().replace("-", "");
        assertThat(collected.stream().map(JsonObject::toString))
                .anyMatch(body -> body.contains("\"traceId\":\"" + digits + "\""));
    }

    @Test
    void logLevel_changesAtOnceAndIsRecorded() throws Exception {
        assertThat(site.run("log", "level").facts().text("filter")).contains("info");
        JsonObject changed =
                site.run("log", "level", "--filter", "warn,dev.mapsovereign.engine=debug").facts();

        assertThat(changed.text("filter")).contains("warn,dev.mapsovereign.engine=debug");
        java.util.logging.Logger engine =
                java.util.logging.Logger.getLogger("dev.mapsovereign.engine");
        assertThat(engine.isLoggable(java.util.logging.Level.FINE)).isTrue();
        assertThat(
                        java.util.logging.Logger.getLogger("dev.mapsovereign.node")
                                .isLoggable(java.util.logging.Level.INFO))
                .isFalse();
        CommandLineSite.Ended wrong = site.run("log", "level", "--filter", "loud");
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.err()).contains("\"loud\" is none of off, error, warn");

        assertThat(site.run("reload").facts().array("applied").orElseThrow().toString())
                .contains("log.filter");
        assertThat(site.run("log", "level").facts().text("filter")).contains("info");
        assertThat(engine.isLoggable(java.util.logging.Level.FINE)).isFalse();
        assertThat(journal()).contains("\"change\":\"log levels\"");
    }

    private String journal() throws IOException {
        StringBuilder journal = new StringBuilder();
        try (var files = Files.walk(folder.resolve("var/audit/journal"))) {
            for (Path each : files.filter(Files::isRegularFile).toList()) {
                journal.append(
                        new String(
                                Files.readAllBytes(each),
                                java.nio.charset.StandardCharsets.ISO_8859_1));
            }
        }
        return journal.toString();
    }
}
