package dev.mapsovereign.engine.router;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.engine.EngineConfig;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestModule;
import dev.mapsovereign.engine.balance.OutlierPolicy;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolVersion;
import dev.mapsovereign.engine.route.EgressPolicy;
import dev.mapsovereign.engine.route.Endpoint;
import dev.mapsovereign.engine.route.ExternalRoute;
import dev.mapsovereign.engine.route.HealthPolicy;
import dev.mapsovereign.engine.route.RetryPolicy;
import dev.mapsovereign.engine.route.UpstreamFiles;
import dev.mapsovereign.engine.trace.TraceConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Two HTTP servers that serve the protocol REMOTE, and a node that calls them. */
final class RemotePair implements AutoCloseable {
    /** What a remote process answers; {@code which} is 0 or 1. */
    interface Each {
        void answer(int which, HttpExchange exchange) throws IOException;
    }

    /** What both answer. */
    interface Remote {
        void answer(HttpExchange exchange) throws IOException;
    }

    final List<HttpServer> servers = new ArrayList<>();
    final List<AtomicInteger> requests = new ArrayList<>();
    final AtomicReference<JsonObject> lastBody = new AtomicReference<>(JsonObject.EMPTY);
    final AtomicReference<Headers> lastHeaders = new AtomicReference<>(new Headers());
    private final AtomicReference<Each> remote =
            new AtomicReference<>((_, exchange) -> respond(exchange, 200, "{\"data\":{}}"));
    final TestEngine node;

    RemotePair(Path folder, BreakerPolicy breaker) {
        this(folder, breaker, RetryPolicy.DEFAULT, Optional.of("/health"));
    }

    RemotePair(Path folder, BreakerPolicy breaker, RetryPolicy retry, Optional<String> healthPath) {
        this(folder, breaker, retry, healthPath, TraceConfig.OFF);
    }

    RemotePair(
            Path folder,
            BreakerPolicy breaker,
            RetryPolicy retry,
            Optional<String> healthPath,
            TraceConfig traces) {
        List<Endpoint> endpoints = new ArrayList<>();
        List<String> egress = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            String authority = "127.0.0.1:" + startServer();
            endpoints.add(Endpoint.at(URI.create("http://" + authority + "/v1/dispatch"), 1));
            egress.add(authority);
        }
        ExternalRoute route =
                new ExternalRoute(
                        "REMOTE",
                        ProtocolVersion.parse("v1.2.0"),
                        endpoints,
                        List.of(
                                TestModule.operation("read", true, false),
                                TestModule.operation("write", false, false),
                                streaming("watch", "\"x-map-read-only\":true,"),
                                streaming("act", "")),
                        Duration.ofSeconds(20),
                        8,
                        healthPath.map(HealthPolicy::at).orElse(HealthPolicy.NONE),
                        OutlierPolicy.DEFAULT,
                        retry,
                        UpstreamFiles.NONE);
        node =
                TestEngine.start(
                        folder,
                        EngineConfig.DEFAULT.withExternals(
                                List.of(route), breaker, new EgressPolicy(egress)),
                        traces);
        node.grants.grant(
                TestEngine.ACME,
                TestEngine.AGENT,
                new CapabilityName("map.remote.*"),
                Optional.empty(),
                "");
    }

    private static OperationSpec streaming(String name, String more) {
        String schema = "{" + more + "\"x-map-streams\":true,\"type\":\"object\"}";
        return OperationSpec.read(
                name,
                schema.getBytes(StandardCharsets.UTF_8),
                "{\"type\":\"object\"}".getBytes(StandardCharsets.UTF_8));
    }

    private int startServer() {
        try {
            HttpServer server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            AtomicInteger count = new AtomicInteger();
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/health", exchange -> respond(exchange, 200, ""));
            int which = servers.size();
            server.createContext("/v1/dispatch", exchange -> serve(exchange, count, which));
            server.start();
            servers.add(server);
            requests.add(count);
            return server.getAddress().getPort();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void serve(HttpExchange exchange, AtomicInteger count, int which) throws IOException {
        count.incrementAndGet();
        lastHeaders.set(exchange.getRequestHeaders());
        byte[] body = exchange.getRequestBody().readAllBytes();
        lastBody.set(JsonReader.parseObject(body, JsonReader.Limits.DEFAULT));
        remote.get().answer(which, exchange);
    }

    static void respond(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** Makes both answer like this. */
    void let(Remote both) {
        remote.set((_, exchange) -> both.answer(exchange));
    }

    /** Makes each answer like this. */
    void letEach(Each each) {
        remote.set(each);
    }

    /** The name of one of both. */
    String name(int which) {
        return "127.0.0.1:" + servers.get(which).getAddress().getPort();
    }

    TestEngine.TestCall call(String operation) {
        return node.call(operation).protocol("REMOTE");
    }

    int requestsInAll() {
        return requests.stream().mapToInt(AtomicInteger::get).sum();
    }

    @Override
    public void close() {
        node.close();
        servers.forEach(server -> server.stop(0));
    }
}
