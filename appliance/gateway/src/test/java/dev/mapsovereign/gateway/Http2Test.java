package dev.mapsovereign.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.testing.TestNode;
import dev.mapsovereign.gateway.testing.TestTls;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTP/2 with ALPN, by the JDK's client. */
class Http2Test {
    @TempDir private static Path folder;
    private static TestNode node;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        TestTls tls = TestTls.create(folder);
        EdgeLimits usual = EdgeLimits.defaults();
        node =
                new TestNode(
                        folder,
                        Optional.of(tls),
                        new EdgeLimits(
                                100,
                                100,
                                usual.handshakeTime(),
                                usual.headTime(),
                                Duration.ofSeconds(3),
                                usual.idleTime(),
                                usual.writeTime(),
                                usual.lingerTime(),
                                usual.fieldsMax(),
                                usual.headBytesMax(),
                                usual.streamsMax(),
                                usual.bodyBytesTogetherMax()));
        client =
                HttpClient.newBuilder()
                        .sslContext(tls.client())
                        .version(HttpClient.Version.HTTP_2)
                        .build();
    }

    @AfterAll
    static void stop() {
        client.shutdownNow();
        node.close();
    }

    private static HttpRequest.Builder dispatch(String body) {
        return to("/v1/dispatch?x=1")
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + node.apiKey())
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private static HttpRequest.Builder to(String target) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + node.port() + target))
                .timeout(Duration.ofSeconds(20));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String call(String input) {
        return TestNode.envelope("wait", input);
    }

    @Test
    void dispatch_overHttp2_reachesTheDispatcherWhole() throws Exception {
        HttpResponse<String> response = send(dispatch(call("{\"n\":\"h2-one\"}")));
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(parse(response.body()).object("data").orElseThrow().text("n"))
                .contains("h2-one");
        JsonObject record =
                node.recordsFrom(TestNode.TENANT, node.records(TestNode.TENANT) - 1).getFirst();
        assertThat(record.object("meta").orElseThrow().text("source")).contains("127.0.0.1");
    }

    @Test
    void dispatch_manyAtOnce_allAnswered() {
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int at = 0; at < 60; at++) {
            answers.add(
                    client.sendAsync(
                            dispatch(call("{\"millis\":50,\"n\":" + at + "}")).build(),
                            HttpResponse.BodyHandlers.ofString()));
        }
        for (int at = 0; at < answers.size(); at++) {
            HttpResponse<String> response = answers.get(at).join();
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(parse(response.body()).object("data").orElseThrow().integer("n"))
                    .hasValue(at);
        }
    }

    @Test
    void dispatch_bodyOfFiveMebibytes_arrivesAndComesBack() throws Exception {
        String text = "x".repeat(5 << 20);
        HttpResponse<String> response = send(dispatch(call("{\"t\":\"" + text + "\"}")));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(parse(response.body()).object("data").orElseThrow().text("t")).contains(text);
    }

    @Test
    void dispatch_bodyTooLarge_isRefusedAndTheConnectionLives() throws Exception {
        HttpResponse<String> response = send(dispatch("x".repeat(6 << 20)));
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(parse(response.body()).text("code")).contains("message_too_large");
        assertThat(send(dispatch(call("{}"))).statusCode()).isEqualTo(200);
    }

    @Test
    void dispatch_bodyThatStops_timesOutAndTheConnectionLives() throws Exception {
        HttpRequest.BodyPublisher endless =
                HttpRequest.BodyPublishers.ofInputStream(StoppingStream::new);
        HttpResponse<String> response =
                send(
                        to("/v1/dispatch")
                                .header("Content-Type", "application/json")
                                .header("Authorization", "Bearer " + node.apiKey())
                                .POST(endless));
        assertThat(response.statusCode()).isEqualTo(408);
        assertThat(parse(response.body()).text("code")).contains("request_timeout");
        assertThat(send(dispatch(call("{}"))).statusCode()).isEqualTo(200);
    }

    @Test
    void everyPath_wrong_isAProblemDocument() throws Exception {
        HttpResponse<String> missing = send(to("/nothing/%2e%2e/x").GET());
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(missing.headers().firstValue("content-type"))
                .contains("application/problem+json");
        assertThat(send(to("/v1/dispatch").GET()).statusCode()).isEqualTo(405);
        assertThat(send(to("/health").GET()).statusCode()).isEqualTo(200);
        assertThat(send(to("/v1/schemas/test/v1/index.json").GET()).body())
                .contains("\"protocol\":\"TEST\"");
    }

    @Test
    void fields_tooMany_isRefusedWith431() throws Exception {
        HttpRequest.Builder request = to("/health").GET();
        for (int at = 0; at < 120; at++) {
            request.header("x-" + at, "y");
        }
        HttpResponse<String> response = send(request);
        assertThat(response.statusCode()).isEqualTo(431);
        assertThat(parse(response.body()).text("code")).contains("headers_too_large");
    }

    @Test
    void fields_fieldTooLong_isRefusedWith431() throws Exception {
        HttpResponse<String> response =
                send(to("/health").header("x-long", "y".repeat(40_000)).GET());
        assertThat(response.statusCode()).isEqualTo(431);
    }

    @Test
    void fields_beyondEverything_endTheConnectionAlone() throws Exception {
        assertThatThrownBy(() -> send(to("/health").header("x-long", "y".repeat(400_000)).GET()))
                .isInstanceOf(IOException.class);
        assertThat(send(to("/health").GET()).statusCode()).isEqualTo(200);
    }

    /** Gives a few bytes and then nothing, without ending. */
    private static final class StoppingStream extends InputStream {
        private int given;

        @Override
        public int read() throws IOException {
            if (given++ < 10) {
                return '{';
            }
            try {
                Thread.sleep(15_000);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return -1;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int value = read();
            if (value < 0) {
                return -1;
            }
            into[offset] = (byte) value;
            return 1;
        }
    }

    private static JsonObject parse(String body) {
        return JsonReader.parseObject(
                body.getBytes(StandardCharsets.UTF_8), new JsonReader.Limits(64, 16 << 20));
    }
}
