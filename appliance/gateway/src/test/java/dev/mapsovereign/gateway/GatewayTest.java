package dev.mapsovereign.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.testing.RawClient;
import dev.mapsovereign.gateway.testing.TestNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The edge over the real engine: what good clients see, and how the node leaves. */
class GatewayTest {
    private static final String ECHO = TestNode.envelope("echo", "{\"n\":\"x\"}");

    @TempDir private Path folder;
    private TestNode node;

    @BeforeEach
    void start() throws Exception {
        node = new TestNode(folder, Optional.empty(), EdgeLimits.defaults());
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void dispatch_success_carriesTheMetadataOfItsOwnRecord() throws IOException {
        try (RawClient client = RawClient.plain(node.port())) {
            RawClient.Reply reply = client.send(node.call(ECHO)).reply();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.headers())
                    .containsEntry("content-type", "application/json")
                    .containsEntry("cache-control", "no-store");
            JsonObject body = parse(reply);
            assertThat(body.members().keySet()).containsExactly("data", "metadata");
            assertThat(body.object("data").orElseThrow().text("n")).contains("x");
            JsonObject metadata = body.object("metadata").orElseThrow();
            assertThat(metadata.text("protocol")).contains("TEST");
            assertThat(metadata.text("version")).contains("v1.0.0");
            assertThat(metadata.text("operation")).contains("echo");
            assertThat(metadata.text("tenant_id")).contains("acme");
            assertThat(metadata.get("latency_ms")).isPresent();
            long index = metadata.integer("record_index").orElseThrow();
            JsonObject record = node.recordsFrom(TestNode.TENANT, index).getFirst();
            assertThat(record.text("correlation_id")).isEqualTo(metadata.text("correlation_id"));
            assertThat(record.text("outcome")).contains("success");
            assertThat(metadata.text("record_hash")).isEqualTo(metadata.text("chain_head"));
        }
    }

    @Test
    void dispatch_unknownMember_isSaidBackOnlyWhenItsNameIsPlain() throws IOException {
        try (RawClient client = RawClient.plain(node.port())) {
            String plain = node.call(ECHO.replace("\"input\"", "\"payload\""));
            assertThat(parse(client.send(plain).reply()).text("message").orElseThrow())
                    .startsWith("the envelope has a member 'payload' that is none of protocol,");
            String strange = node.call(ECHO.replace("\"input\"", "\"<b>\""));
            assertThat(parse(client.send(strange).reply()).text("message").orElseThrow())
                    .startsWith("the envelope has a member that is none of protocol,");
        }
    }

    @Test
    void dispatch_sameIdempotencyKey_isReplayedAndSaysSo() throws IOException {
        try (RawClient client = RawClient.plain(node.port())) {
            String call =
                    TestNode.request(
                            "Authorization: Bearer "
                                    + node.apiKey()
                                    + "\r\nIdempotency-Key: once\r\n",
                            TestNode.envelope("write", "{\"n\":1}"));
            RawClient.Reply first = client.send(call).reply();
            RawClient.Reply second = client.send(call).reply();
            assertThat(first.status()).isEqualTo(200);
            assertThat(first.headers()).doesNotContainKey("idempotency-replayed");
            assertThat(second.headers()).containsEntry("idempotency-replayed", "true");
            assertThat(parse(second).get("data")).isEqualTo(parse(first).get("data"));
        }
    }

    @Test
    void dispatch_anyAnswerToAKnownCaller_saysWhatIsLeftOfTheRate() throws IOException {
        try (RawClient client = RawClient.plain(node.port())) {
            for (String call : List.of(ECHO, TestNode.envelope("nothing", "{}"))) {
                RawClient.Reply reply = client.send(node.call(call)).reply();
                if (reply.status() == 200) {
                    assertThat(reply.headers())
                            .containsKeys("x-ratelimit-limit", "x-ratelimit-remaining")
                            .containsEntry("x-ratelimit-reset", "1");
                } else {
                    assertThat(reply.headers())
                            .as("refused before the rate was looked at")
                            .doesNotContainKey("x-ratelimit-limit");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "1e3", "soon", "01", "9999999999", "1, 2"})
    void dispatch_deadlineThatIsNone_isMalformed(String value) throws IOException {
        try (RawClient client = RawClient.plain(node.port())) {
            RawClient.Reply reply = client.send(withDeadline(value)).reply();
            assertThat(reply.status()).isEqualTo(400);
            assertThat(parse(reply).text("message").orElseThrow()).contains("x-deadline-ms");
        }
    }

    @Test
    void dispatch_deadlineOver_isATimeoutWithoutEffect() throws Exception {
        String call = withDeadline("30");
        int body = call.indexOf("\r\n\r\n") + 4;
        try (RawClient client = RawClient.plain(node.port())) {
            client.send(call.substring(0, body));
            Thread.sleep(60);
            RawClient.Reply reply = client.send(call.substring(body)).reply();
            assertThat(reply.status()).isEqualTo(504);
            JsonObject problem = parse(reply);
            assertThat(problem.text("code")).contains("timeout");
            assertThat(problem.object("details").orElseThrow().text("effect")).contains("none");
        }
        try (RawClient client = RawClient.plain(node.port())) {
            assertThat(client.send(withDeadline("60000")).reply().status()).isEqualTo(200);
        }
    }

    private String withDeadline(String value) {
        return TestNode.request(
                "Authorization: Bearer " + node.apiKey() + "\r\nX-Deadline-Ms: " + value + "\r\n",
                ECHO);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "traceparent: nonsense\r\n",
                "traceparent: 00-0123456789abcdef0123456789abcdef-00f067aa0ba902b77-01\r\n",
                "traceparent: a\r\ntraceparent: b\r\n"
            })
    void dispatch_malformedTrace_restartsItAndNeverFails(String lines) throws IOException {
        try (RawClient client = RawClient.plain(node.port())) {
            String call =
                    TestNode.request(
                            "Authorization: Bearer " + node.apiKey() + "\r\n" + lines, ECHO);
            assertThat(client.send(call).reply().status()).isEqualTo(200);
        }
    }

    @Test
    void dispatch_goodTrace_reachesTheRecord() throws IOException {
        String trace = "0123456789abcdef0123456789abcdef";
        try (RawClient client = RawClient.plain(node.port())) {
            String call =
                    TestNode.request(
                            "Authorization: bearer "
                                    + node.apiKey()
                                    + "\r\ntraceparent: 00-"
                                    + trace
                                    + "-00f067aa0ba902b7-01\r\n",
                            ECHO);
            RawClient.Reply reply = client.send(call).reply();
            long index =
                    parse(reply)
                            .object("metadata")
                            .orElseThrow()
                            .integer("record_index")
                            .orElseThrow();
            JsonObject record = node.recordsFrom(TestNode.TENANT, index).getFirst();
            assertThat(record.object("meta").orElseThrow().text("trace_id")).contains(trace);
        }
    }

    @Test
    void dispatch_anonymousOperation_needsNoCredentialAndTellsNothingOfTheLog() throws IOException {
        try (RawClient client = RawClient.plain(node.port())) {
            RawClient.Reply reply =
                    client.send(TestNode.request("", TestNode.envelope("open", "{}"))).reply();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(parse(reply).object("metadata").orElseThrow().members())
                    .doesNotContainKeys("record_index", "record_hash", "chain_head");
        }
    }

    @Test
    void connection_close_closesWhateverTheAnswer() throws IOException {
        for (String request :
                List.of(
                        node.call(ECHO).replace("Host:", "Connection: close\r\nHost:"),
                        node.call("{").replace("Host:", "Connection: close\r\nHost:"),
                        "GET /nothing HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                        "GET /v1/dispatch HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                        "GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                        "HEAD /ready HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")) {
            try (RawClient client = RawClient.plain(node.port())) {
                client.send(request);
                RawClient.Reply reply = request.startsWith("HEAD") ? client.head() : client.reply();
                assertThat(reply.closing()).as(request).isTrue();
                assertThat(client.ended()).as(request).isTrue();
            }
        }
    }

    @Test
    void health_and_ready_sayWhatTheyKnow() throws IOException {
        try (RawClient client = RawClient.plain(node.port())) {
            assertThat(get(client, "/health").status()).isEqualTo(200);
            RawClient.Reply ready = get(client, "/ready");
            assertThat(ready.status()).isEqualTo(200);
            assertThat(ready.text()).isEqualTo("{\"ready\":true}");
            node.readiness.warn("snapshot", "is 20 days old");
            assertThat(get(client, "/ready").text())
                    .isEqualTo(
                            "{\"ready\":true,\"warnings\":[{\"component\":\"snapshot\","
                                    + "\"reason\":\"is 20 days old\"}]}");
            node.readiness.set(Readiness.DATABASE, "does not answer");
            RawClient.Reply away = get(client, "/ready");
            assertThat(away.status()).isEqualTo(503);
            assertThat(away.text())
                    .startsWith(
                            "{\"not_ready\":[{\"component\":\"database\",\"reason\":\"does not"
                                    + " answer\"}],\"ready\":false");
            assertThat(get(client, "/health").status()).isEqualTo(200);
        }
    }

    @Test
    void schemas_areThoseThatRequestsAreCheckedAgainst() throws IOException {
        try (RawClient client = RawClient.plain(node.port())) {
            assertThat(get(client, "/v1/schemas/test/v1/index.json").text())
                    .contains("operations.echo.request.json");
            RawClient.Reply schema =
                    get(client, "/v1/schemas/TEST/v1/operations.echo.request.json");
            assertThat(schema.headers()).containsEntry("content-type", "application/schema+json");
            assertThat(schema.text()).contains("\"properties\"");
            assertThat(get(client, "/v1/schemas/../../etc/passwd").status()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/v1", "/v1/dispatch/", "/V1/DISPATCH", "/metrics", "/%2e", "//"})
    void path_unknown_isAProblemWithoutARecord(String path) throws IOException {
        long before = node.records(TenantId.NODE);
        try (RawClient client = RawClient.plain(node.port())) {
            RawClient.Reply reply = get(client, path);
            assertThat(reply.status()).isEqualTo(404);
            assertThat(reply.headers()).containsEntry("content-type", "application/problem+json");
            assertThat(parse(reply).text("code")).contains("not_found");
            assertThat(client.send("DELETE /ready HTTP/1.1\r\nHost: h\r\n\r\n").reply().status())
                    .isEqualTo(405);
        }
        assertThat(node.records(TenantId.NODE)).isEqualTo(before);
    }

    @Test
    void close_callsUnderWay_areFinishedAndNewOnesRefused() throws Exception {
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        CountDownLatch sent = new CountDownLatch(20);
        List<Future<RawClient.Reply>> slow = new ArrayList<>();
        for (int at = 0; at < 20; at++) {
            slow.add(
                    threads.submit(() -> {
                        try (RawClient client = RawClient.plain(node.port())) {
                            client.send(node.call(TestNode.envelope("wait", "{\"millis\":1500}")));
                            sent.countDown();
                            return client.reply();
                        }
                    }));
        }
        try (RawClient early = RawClient.plain(node.port());
                RawClient idle = RawClient.plain(node.port())) {
            assertThat(early.send(node.call(ECHO)).reply().status()).isEqualTo(200);
            assertThat(sent.await(20, TimeUnit.SECONDS)).isTrue();
            awaitInFlight(20);
            Future<?> closing = threads.submit(this::drain);
            while (!node.readiness.report().notReady().stream()
                    .anyMatch(notice -> notice.component().equals(Readiness.DRAINING))) {
                Thread.onSpinWait();
            }
            RawClient.Reply refused = early.send(node.call(ECHO)).reply();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(parse(refused).text("code")).contains("draining");
            assertThat(refused.headers()).containsKey("retry-after");
            assertThat(refused.closing()).isTrue();
            assertThat(early.ended()).isTrue();
            for (Future<RawClient.Reply> answer : slow) {
                assertThat(answer.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
            }
            closing.get(20, TimeUnit.SECONDS);
            assertThat(idle.ended()).isTrue();
        }
        threads.shutdown();
    }

    private void drain() {
        node.engine().drain(Duration.ofSeconds(10));
        node.gateway().close();
    }

    private void awaitInFlight(int count) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (node.registry.get("map_in_flight").gauge().value() < count) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static RawClient.Reply get(RawClient client, String path) throws IOException {
        return client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").reply();
    }

    private static JsonObject parse(RawClient.Reply reply) {
        return JsonReader.parseObject(reply.body(), JsonReader.Limits.DEFAULT);
    }
}
