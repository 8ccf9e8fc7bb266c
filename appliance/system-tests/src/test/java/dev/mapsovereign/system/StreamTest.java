package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An answer in parts through a whole node, by HTTP/1.1 and by HTTP/2. */
class StreamTest {
    private static final int PAUSE_MILLIS = 50;

    @TempDir private Path folder;

    /** The endpoint writes no second event before the caller has the first. */
    private volatile CountDownLatch firstSeen = new CountDownLatch(0);

    @Test
    @Timeout(240)
    void stream_throughTheNode_comesInPartsAndLeavesItsRecord() throws Exception {
        HttpServer endpoint =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        endpoint.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        endpoint.createContext("/v1/dispatch", this::answer);
        endpoint.start();
        try (Site site =
                new Site(
                        folder,
                        "h2:" + folder.resolve("var/db/map"),
                        configuration(endpoint.getAddress().getPort()))) {
            site.start();
            for (HttpClient.Version version :
                    List.of(HttpClient.Version.HTTP_1_1, HttpClient.Version.HTTP_2)) {
                wholeStream(site, version);
                brokenStream(site, version);
                answerThatStaysWhole(site, version);
                callerWhoLeaves(site, version);
            }
            callerWhoDoesNotRead(site);
            assertThat(site.stop()).isZero();
        } finally {
            endpoint.stop(0);
        }
    }

    private String configuration(int port) throws IOException {
        Path schemas = Files.createDirectories(folder.resolve("schemas"));
        Files.writeString(
                schemas.resolve("operations.watch.request.json"),
                "{\"type\":\"object\",\"x-map-read-only\":true,\"x-map-streams\":true}");
        Files.writeString(
                schemas.resolve("operations.watch.response.json"), "{\"type\":\"object\"}");
        return """
        [gateway.limits]
        write_time = "1s"
        [sovereign]
        allowed_egress = ["127.0.0.1:%1$d"]
        [[engine.capability]]
        allow = ["map.ledger.*"]
        [[engine.external]]
        protocol = "LEDGER"
        version = "v1.0.0"
        endpoints = ["http://127.0.0.1:%1$d/v1/dispatch"]
        schemas = "%2$s"
        """
                .formatted(port, schemas);
    }

    /** As many events as asked for, with pauses; then an end, or none. */
    private void answer(HttpExchange exchange) throws IOException {
        JsonObject input =
                JsonReader.parseObject(
                                exchange.getRequestBody().readAllBytes(), JsonReader.Limits.DEFAULT)
                        .object("input")
                        .orElseThrow();
        if (!exchange.getRequestHeaders().getFirst("Accept").contains("text/event-stream")) {
            byte[] whole = "{\"data\":{\"whole\":true}}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, whole.length);
            exchange.getResponseBody().write(whole);
            exchange.close();
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        int filling = (int) input.integer("filling").orElse(0);
        for (long n = 0; n < input.integer("events").orElseThrow(); n++) {
            String more = filling > 0 ? ",\"x\":\"" + "x".repeat(filling) + "\"" : "";
            out.write(("data: {\"n\":" + n + more + "}\n\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
            try {
                assertThat(firstSeen.await(60, TimeUnit.SECONDS)).isTrue();
                Thread.sleep(filling > 0 ? 0 : PAUSE_MILLIS);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
        if (input.bool("breaks").orElse(false)) {
            throw new IOException("the endpoint dies");
        }
        out.close();
    }

    private static HttpClient client(Site site, HttpClient.Version version) throws Exception {
        return HttpClient.newBuilder().sslContext(site.trust()).version(version).build();
    }

    private static HttpRequest.Builder request(Site site, String input) {
        String body = "{\"protocol\":\"LEDGER\",\"operation\":\"watch\",\"input\":{" + input + "}}";
        return HttpRequest.newBuilder(
                        URI.create("https://127.0.0.1:" + site.port() + "/v1/dispatch"))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + site.apiKey())
                .header("Accept", "application/json, text/event-stream")
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private void wholeStream(Site site, HttpClient.Version version) throws Exception {
        firstSeen = new CountDownLatch(1);
        try (HttpClient client = client(site, version)) {
            HttpResponse<Stream<String>> response =
                    client.send(
                            request(site, "\"events\":3").build(),
                            HttpResponse.BodyHandlers.ofLines());
            assertThat(response.version()).isEqualTo(version);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("content-type")).contains("text/event-stream");
            List<String> lines =
                    response.body()
                            .peek(line -> {
                                if (line.startsWith("data:")) {
                                    firstSeen.countDown();
                                }
                            })
                            .toList();
            assertThat(lines.subList(0, 7))
                    .containsExactly(
                            "data: {\"n\":0}",
                            "",
                            "data: {\"n\":1}",
                            "",
                            "data: {\"n\":2}",
                            "",
                            "event: end");
            JsonObject end = event(lines.get(7));
            assertThat(end.object("data").orElseThrow().integer("events")).hasValue(3);
            JsonObject record = record(site, end.object("metadata").orElseThrow());
            assertThat(record.text("outcome")).contains("success");
            assertThat(record.object("meta").orElseThrow().integer("events")).hasValue(3);
        }
    }

    private static void brokenStream(Site site, HttpClient.Version version) throws Exception {
        try (HttpClient client = client(site, version)) {
            List<String> lines =
                    client.send(
                                    request(site, "\"events\":1,\"breaks\":true").build(),
                                    HttpResponse.BodyHandlers.ofLines())
                            .body()
                            .toList();
            assertThat(lines.subList(0, 3)).containsExactly("data: {\"n\":0}", "", "event: error");
            JsonObject problem = event(lines.get(3));
            assertThat(problem.text("code")).contains("adapter_error");
            JsonObject record = record(site, problem.object("metadata").orElseThrow());
            assertThat(record.text("outcome")).contains("error");
            assertThat(record.object("meta").orElseThrow().integer("events")).hasValue(1);
        }
    }

    private static void answerThatStaysWhole(Site site, HttpClient.Version version)
            throws Exception {
        try (HttpClient client = client(site, version)) {
            for (HttpRequest request :
                    List.of(
                            request(site, "\"events\":1")
                                    .header("Idempotency-Key", "key-" + version)
                                    .build(),
                            request(site, "\"events\":1")
                                    .setHeader("Accept", "application/json, text/event-stream;q=0")
                                    .build())) {
                HttpResponse<String> response =
                        client.send(request, HttpResponse.BodyHandlers.ofString());
                assertThat(response.headers().firstValue("content-type"))
                        .contains("application/json");
                assertThat(response.body()).contains("\"whole\":true");
            }
        }
    }

    /** The node finds out at one of the next events, and records it. */
    private static void callerWhoLeaves(Site site, HttpClient.Version version) throws Exception {
        long before = site.records("acme");
        try (HttpClient client = client(site, version)) {
            HttpResponse<InputStream> response =
                    client.send(
                            request(site, "\"events\":50").build(),
                            HttpResponse.BodyHandlers.ofInputStream());
            response.body().readNBytes(10);
            response.body().close();
            client.shutdownNow();
        }
        awaitMore(site, before);
        JsonObject record = lastRecord(site);
        assertThat(record.text("code")).as("%s", record).contains("interrupted");
        assertThat(record.object("meta").orElseThrow().integer("events").orElseThrow())
                .isBetween(1L, 49L);
    }

    /**
     * Its connection takes some of 8 MiB and then nothing: it is cut when the write time is over.
     */
    private static void callerWhoDoesNotRead(Site site) throws Exception {
        long before = site.records("acme");
        String body =
                "{\"protocol\":\"LEDGER\",\"operation\":\"watch\",\"input\":"
                        + "{\"events\":32,\"filling\":250000}}";
        try (Socket socket = site.trust().getSocketFactory().createSocket()) {
            socket.setReceiveBufferSize(4_096);
            socket.connect(new InetSocketAddress("127.0.0.1", site.port()));
            socket.getOutputStream()
                    .write(
                            ("POST /v1/dispatch HTTP/1.1\r\nHost: h\r\nContent-Type:"
                                            + " application/json\r\nAccept: text/event-stream\r\n"
                                            + "Authorization: Bearer "
                                            + site.apiKey()
                                            + "\r\nContent-Length: "
                                            + body.length()
                                            + "\r\n\r\n"
                                            + body)
                                    .getBytes(StandardCharsets.US_ASCII));
            awaitMore(site, before);
        }
        JsonObject record = lastRecord(site);
        assertThat(record.text("code")).as("%s", record).contains("interrupted");
        assertThat(record.object("meta").orElseThrow().integer("events").orElseThrow())
                .isBetween(1L, 31L);
    }

    private static void awaitMore(Site site, long before) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (site.records("acme") == before) {
            assertThat(System.nanoTime()).as("a record of the stream").isLessThan(deadline);
            Thread.sleep(100);
        }
    }

    private static JsonObject event(String line) {
        assertThat(line).startsWith("data: ");
        return JsonReader.parseObject(
                line.substring(6).getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT);
    }

    private static JsonObject record(Site site, JsonObject metadata) {
        return await(site, metadata.integer("record_index").orElseThrow());
    }

    private static JsonObject lastRecord(Site site) {
        return await(site, site.records("acme") - 1);
    }

    /** The index follows the log. */
    private static JsonObject await(Site site, long index) {
        JsonObject query =
                JsonObject.builder()
                        .put("index_from", Long.toString(index))
                        .put("limit", 1)
                        .build();
        for (int tries = 0; tries < 100; tries++) {
            var records =
                    SiteCalls.query(site.client(site.apiKey()), query)
                            .body()
                            .object("data")
                            .flatMap(data -> data.array("records"));
            if (records.isPresent() && !records.get().values().isEmpty()) {
                return ((JsonObject) records.get().values().getFirst())
                        .object("record")
                        .orElseThrow();
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        throw new AssertionError("no record " + index);
    }
}
