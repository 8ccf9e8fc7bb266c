package dev.mapsovereign.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.tls.ClientTls;
import dev.mapsovereign.base.tls.TlsFiles;
import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.config.ListenAddress;
import dev.mapsovereign.engine.Engine;
import dev.mapsovereign.engine.EngineMeters;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.RejectedRequest;
import dev.mapsovereign.engine.route.EgressPolicy;
import dev.mapsovereign.engine.route.Endpoint;
import dev.mapsovereign.engine.route.HealthPolicy;
import dev.mapsovereign.engine.route.UpstreamFiles;
import dev.mapsovereign.gateway.forward.EngineHosts;
import dev.mapsovereign.gateway.forward.EngineHostsConfig;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.metrics.PrometheusText;
import dev.mapsovereign.gateway.testing.RawClient;
import dev.mapsovereign.gateway.testing.TestNode;
import dev.mapsovereign.gateway.testing.TestTls;
import dev.mapsovereign.gateway.tls.GatewayPeers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway in front of two engine hosts, each with an engine and a log of its own. */
class ForwardTest {
    private static final String OPEN = TestNode.envelope("open", "{}");
    private static final String ECHO = TestNode.envelope("echo", "{\"n\":\"x\"}");

    @TempDir private Path folder;
    private final List<Host> hosts = new ArrayList<>();
    private static TestTls hostTls;
    private static TestTls gatewayTls;
    private EngineHosts balanced;
    private Gateway gateway;

    /** An engine, and the door at which gateways come in. */
    private record Host(TestNode node, Gateway door, Relay relay) {}

    /** Stands before a door, so that a host can lose its power: connections end without a word. */
    private static final class Relay implements AutoCloseable {
        private final ServerSocket server =
                new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
        private final int to;

        Relay(int to) throws IOException {
            this.to = to;
            Thread.ofVirtual().start(this::accept);
        }

        private void accept() {
            try {
                while (true) {
                    Socket in = server.accept();
                    Socket out = new Socket(InetAddress.getLoopbackAddress(), to);
                    sockets.add(in);
                    sockets.add(out);
                    if (server.isClosed()) {
                        // Cut just now: whoever did that may have looked before these came.
                        in.close();
                        out.close();
                    }
                    Thread.ofVirtual().start(() -> copy(in, out));
                    Thread.ofVirtual().start(() -> copy(out, in));
                }
            } catch (IOException closed) {
                // That is how it ends.
            }
        }

        private static void copy(Socket from, Socket to) {
            try (from;
                    to) {
                from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException closed) {
                // That is how it ends.
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @BeforeAll
    static void makeCertificates(@TempDir Path certificates) throws Exception {
        hostTls = TestTls.create(Files.createDirectory(certificates.resolve("host")));
        gatewayTls = TestTls.create(Files.createDirectory(certificates.resolve("gateway")));
    }

    @BeforeEach
    void start() throws Exception {
        hosts.add(host("one", "localhost"));
        hosts.add(host("two", "localhost"));
        List<URI> addresses = hosts.stream().map(ForwardTest::address).toList();
        balanced =
                new EngineHosts(
                        new EngineHostsConfig(
                                addresses.stream().map(each -> Endpoint.at(each, 1)).toList(),
                                100,
                                // Asked once and never again: who is well each test says itself.
                                new HealthPolicy(Optional.of("/ready"), Duration.ofHours(1), 2, 1),
                                new UpstreamFiles(
                                        Optional.of(trust(hostTls)),
                                        Optional.of(
                                                new UpstreamFiles.Identity(
                                                        gatewayTls.chainFile(),
                                                        gatewayTls.keyFile())))),
                        new EgressPolicy(addresses.stream().map(URI::getAuthority).toList()),
                        trust(hostTls));
        Readiness readiness = new Readiness();
        gateway =
                Gateway.inFrontOf(
                        balanced,
                        new GatewayConfig(
                                new ListenAddress("127.0.0.1", 0),
                                Optional.empty(),
                                EdgeLimits.defaults(),
                                Duration.ofSeconds(5)),
                        Optional.empty(),
                        List::of,
                        () -> readiness,
                        PrometheusText.registry());
    }

    @AfterEach
    void stop() throws IOException {
        gateway.close();
        balanced.close();
        for (Host host : hosts) {
            host.relay().close();
            host.door().close();
            host.node().close();
        }
    }

    private static URI address(Host host) {
        return URI.create("https://localhost:" + host.relay().server.getLocalPort());
    }

    private static TrustFiles trust(TestTls tls) {
        return new TrustFiles(tls.chainFile(), Optional.empty(), false);
    }

    private Host host(String name, String gatewayName) throws Exception {
        TestNode node =
                new TestNode(
                        Files.createDirectory(folder.resolve(name)),
                        Optional.empty(),
                        EdgeLimits.defaults());
        Gateway door =
                Gateway.behindGateways(
                        new GatewayPeers(trust(gatewayTls), Set.of(gatewayName)),
                        new GatewayConfig(
                                new ListenAddress("127.0.0.1", 0),
                                Optional.of(
                                        new GatewayConfig.TlsPaths(
                                                hostTls.chainFile(), hostTls.keyFile())),
                                EdgeLimits.defaults(),
                                Duration.ofSeconds(5)),
                        Optional.empty(),
                        dispatcher(node.engine()),
                        node.engine().schemas()::find,
                        node.readiness,
                        PrometheusText.registry());
        return new Host(node, door, new Relay(door.port()));
    }

    private static Dispatcher dispatcher(Engine engine) {
        return new Dispatcher() {
            @Override
            public EngineResponse handle(InboundRequest request) {
                return engine.handle(request);
            }

            @Override
            public EngineResponse reject(RejectedRequest request) {
                return engine.reject(request);
            }
        };
    }

    private RawClient.Reply send(String request) throws IOException {
        try (RawClient client = RawClient.plain(gateway.port())) {
            return client.send(request).reply();
        }
    }

    private static JsonObject body(RawClient.Reply reply) {
        return JsonReader.parseObject(reply.body(), JsonReader.Limits.DEFAULT);
    }

    private static String call(String key, String body) {
        return TestNode.request("Authorization: Bearer " + key + "\r\n", body);
    }

    /** The second host does not know the first one's keys: both must know the one that is used. */
    private String sharedKey() {
        return hosts.getFirst().node().apiKey();
    }

    @Test
    void call_throughAGateway_isAnsweredAndRecordedAtAnEngineHost() throws Exception {
        Host host = hostThatKnows();
        RawClient.Reply reply = send(call(host.node().apiKey(), ECHO));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.headers()).containsEntry("content-type", "application/json");
        JsonObject metadata = body(reply).object("metadata").orElseThrow();
        long index = metadata.integer("record_index").orElseThrow();
        JsonObject record = host.node().recordsFrom(TestNode.TENANT, index).getFirst();
        assertThat(record.text("correlation_id")).isEqualTo(metadata.text("correlation_id"));
    }

    /** Where the gateway would send a key's calls is a matter of hashes: the other host goes. */
    private Host hostThatKnows() throws Exception {
        leaveOnly(0);
        return hosts.getFirst();
    }

    /** Takes every other host out of service. */
    private void leaveOnly(int kept) {
        for (int at = 0; at < hosts.size(); at++) {
            balanced.hosts().get(at).healthy(at == kept);
        }
    }

    private static void await(BooleanSupplier condition) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(until);
            Thread.sleep(20);
        }
    }

    @Test
    void brokenRequest_leavesItsRecordAtAnEngineHost() throws Exception {
        Host host = hostThatKnows();
        long before = host.node().records(TenantId.NODE);
        RawClient.Reply reply = send("BROKEN\r\n\r\n");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.text()).contains("malformed_request");
        assertThat(host.node().recordsFrom(TenantId.NODE, before)).hasSize(1);
    }

    @Test
    void unreadableBody_isRefusedAsAtANode() throws Exception {
        Host host = hostThatKnows();
        assertThat(send(call(host.node().apiKey(), "{")).status()).isEqualTo(400);
        RawClient.Reply large =
                send(
                        String.join(
                                "\r\n",
                                "POST /v1/dispatch HTTP/1.1",
                                "Host: localhost",
                                "Content-Type: application/json",
                                "Content-Length: 999999",
                                "",
                                ""));
        assertThat(large.status()).isEqualTo(401);
        assertThat(large.text()).contains("is taken only with a credential");
        RawClient.Reply twice =
                send(TestNode.request("X-Tenant-Id: a\r\nX-Tenant-Id: b\r\n", ECHO));
        assertThat(twice.status()).isEqualTo(400);
        assertThat(send("GET /v1/dispatch HTTP/1.1\r\nHost: localhost\r\n\r\n").status())
                .isEqualTo(405);
    }

    @Test
    void adminTrace_isHandedOnLikeACall() throws Exception {
        Host host = hostThatKnows();
        RawClient.Reply reply =
                send(
                        "GET /admin/trace?limit=5 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                                + host.node().apiKey()
                                + "\r\n\r\n");

        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.text()).contains("\"limit\":5", "\"operation\":\"observability\"");
        assertThat(send("GET /admin/trace HTTP/1.1\r\nHost: localhost\r\n\r\n").status())
                .isEqualTo(401);
    }

    @Test
    void noEngineHost_is503AndNothingIsAnsweredWithoutARecord() throws Exception {
        for (Host host : hosts) {
            host.relay().close();
        }
        RawClient.Reply reply = send(call(sharedKey(), ECHO));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.headers()).containsEntry("retry-after", "1");
        assertThat(reply.text()).contains("audit_unavailable");
    }

    @Test
    void noHostIsReady_oneThatIsNotAnswersWhatItCan() throws Exception {
        balanced.hosts().forEach(host -> host.healthy(false));
        assertThat(send(TestNode.request("", OPEN)).status()).isEqualTo(200);
    }

    @Test
    void drainingHost_losesItsCallsToTheOtherAndNoneFails() throws Exception {
        for (int call = 0; call < 60; call++) {
            if (call == 20) {
                hosts.getFirst().node().engine().drain(Duration.ofSeconds(1));
            }
            if (call == 40) {
                balanced.hosts().getFirst().healthy(false);
            }
            assertThat(send(TestNode.request("", OPEN)).status())
                    .as("call %d", call)
                    .isEqualTo(200);
        }
        hosts.get(1).node().engine().drain(Duration.ofSeconds(1));
        // Both say that they do nothing more: that is what the caller hears.
        assertThat(send(TestNode.request("", OPEN)).text()).contains("draining");
    }

    @Test
    void hostThatDiesUnderACall_isRecordedAtTheOtherWithAnUnknownEffect() throws Exception {
        Host first = hosts.getFirst();
        leaveOnly(0);
        try (ExecutorService caller = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<RawClient.Reply> waiting =
                    caller.submit(() ->
                            send(
                                    call(
                                            first.node().apiKey(),
                                            TestNode.envelope("wait", "{\"millis\":9000}"))));
            await(() -> inside(first) == 1);
            balanced.hosts().get(1).healthy(true);
            long before = hosts.get(1).node().records(TenantId.NODE);
            first.relay().close();
            RawClient.Reply reply = waiting.get(20, TimeUnit.SECONDS);
            assertThat(reply.status()).as(reply.text()).isEqualTo(502);
            JsonObject problem = body(reply);
            assertThat(problem.text("code")).contains("adapter_error");
            assertThat(problem.text("message").orElseThrow()).contains("did not answer");
            assertThat(problem.object("details").orElseThrow().text("effect")).contains("unknown");
            // The other host does not know the key: nobody's refusal, in the node's own chain.
            assertThat(hosts.get(1).node().recordsFrom(TenantId.NODE, before)).hasSize(1);
        }
    }

    /** Calls that the engine of that host is at. */
    private static double inside(Host host) {
        return host.node().registry.get(EngineMeters.IN_FLIGHT).gauge().value();
    }

    @Test
    void affinity_callsOfOneKeyGoToOneHost() throws Exception {
        String key = sharedKey();
        // The first answer says whose key it is; from then on it is the tenant that counts.
        send(call(key, ECHO));
        long one = recordsAt(0);
        long two = recordsAt(1);
        for (int call = 0; call < 10; call++) {
            send(call(key, ECHO));
        }
        assertThat(List.of(recordsAt(0) - one, recordsAt(1) - two))
                .containsExactlyInAnyOrder(10L, 0L);
    }

    private long recordsAt(int host) {
        TestNode node = hosts.get(host).node();
        return node.records(TenantId.NODE) + node.records(TestNode.TENANT);
    }

    @Test
    void stranger_getsNoAnswerFromAnEngineHost() throws Exception {
        Host strict = host("three", "other.example");
        try {
            for (TestTls shown : Stream.of(hostTls, gatewayTls).toList()) {
                assertThat(answers(strict.door().port(), Optional.of(shown))).isFalse();
            }
            assertThat(answers(hosts.getFirst().door().port(), Optional.empty())).isFalse();
            assertThat(answers(hosts.getFirst().door().port(), Optional.of(gatewayTls))).isTrue();
        } finally {
            strict.relay().close();
            strict.door().close();
            strict.node().close();
        }
    }

    private boolean answers(int port, Optional<TestTls> shown) throws Exception {
        ClientTls client =
                new ClientTls(
                        trust(hostTls).read(),
                        shown.map(tls -> TlsFiles.read(tls.chainFile(), tls.keyFile())));
        try (SSLSocket socket =
                client.over(
                        new Socket(InetAddress.getLoopbackAddress(), port), "localhost", port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(
                            "GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() == 'H';
        } catch (IOException e) {
            return false;
        }
    }
}
