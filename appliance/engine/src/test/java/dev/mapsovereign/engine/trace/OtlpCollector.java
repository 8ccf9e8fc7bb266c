package dev.mapsovereign.engine.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.engine.route.EgressPolicy;
import dev.mapsovereign.engine.route.UpstreamFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A collector of traces over OTLP/HTTP with JSON: a real server that takes nothing that the
 * specification does not allow, and shows what it took.
 */
public final class OtlpCollector implements AutoCloseable {
    private static final Set<String> SPAN_MEMBERS =
            Set.of(
                    "traceId",
                    "spanId",
                    "parentSpanId",
                    "flags",
                    "name",
                    "kind",
                    "startTimeUnixNano",
                    "endTimeUnixNano",
                    "attributes",
                    "status");

    /** What it does with a request whose body was read. */
    public interface Answering {
        /** Answers it. */
        void answer(OtlpCollector collector, HttpExchange exchange, byte[] body) throws IOException;
    }

    /** A span as it came. */
    public record Received(
            String traceId,
            String spanId,
            Optional<String> parentId,
            String name,
            long kind,
            long began,
            long ended,
            Map<String, String> attributes,
            boolean failed) {}

    public final ConcurrentLinkedQueue<Received> spans = new ConcurrentLinkedQueue<>();
    public final ConcurrentLinkedQueue<String> bodies = new ConcurrentLinkedQueue<>();
    public final AtomicInteger requests = new AtomicInteger();
    private final AtomicReference<Answering> answering =
            new AtomicReference<>(OtlpCollector::takes);
    private final AtomicReference<Optional<Throwable>> fault =
            new AtomicReference<>(Optional.empty());
    private final HttpServer server;

    /** One that takes whatever is right, on a free port of loopback. */
    public OtlpCollector() {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/traces", this::serve);
        server.start();
    }

    /** {@code host:port}. */
    public String authority() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** The policy under which it may be connected to. */
    public EgressPolicy egress() {
        return new EgressPolicy(List.of(authority()));
    }

    /** It as a configuration names it. */
    public TraceConfig.Collector config() {
        return new TraceConfig.Collector(
                URI.create("http://" + authority() + "/v1/traces"), UpstreamFiles.NONE);
    }

    /** Makes it answer otherwise. */
    public void let(Answering other) {
        answering.set(other);
    }

    private void serve(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        requests.incrementAndGet();
        try {
            assertThat(exchange.getRequestMethod()).isEqualTo("POST");
            assertThat(exchange.getRequestHeaders().getFirst("Content-Type"))
                    .isEqualTo("application/json");
            answering.get().answer(this, exchange, body);
        } catch (AssertionError wrong) {
            fault.set(Optional.of(wrong));
            respond(exchange, 400, "{}");
        }
    }

    /** Reads it strictly and says 200. */
    public static void takes(OtlpCollector collector, HttpExchange exchange, byte[] body)
            throws IOException {
        List<Received> read = read(body);
        collector.bodies.add(new String(body, StandardCharsets.UTF_8));
        collector.spans.addAll(read);
        respond(exchange, 200, "{}");
    }

    /** Answers and ends the exchange. */
    public static void respond(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static List<Received> read(byte[] body) {
        JsonObject request = JsonReader.parseObject(body, JsonReader.Limits.DEFAULT);
        List<Received> spans = new ArrayList<>();
        assertThat(request.members().keySet()).containsExactly("resourceSpans");
        for (JsonObject resource : objects(request, "resourceSpans")) {
            Map<String, String> about = attributes(resource.object("resource").orElseThrow());
            assertThat(about).containsEntry("service.name", "map-sovereign");
            assertThat(about).containsOnlyKeys("service.name", "service.instance.id");
            for (JsonObject scope : objects(resource, "scopeSpans")) {
                assertThat(scope.object("scope").flatMap(it -> it.text("name"))).isPresent();
                objects(scope, "spans").forEach(span -> spans.add(span(span)));
            }
        }
        return spans;
    }

    private static Received span(JsonObject span) {
        assertThat(span.members().keySet()).isSubsetOf(SPAN_MEMBERS);
        String trace = span.text("traceId").orElseThrow();
        String id = span.text("spanId").orElseThrow();
        Optional<String> parent = span.text("parentSpanId");
        assertThat(trace).matches("[0-9a-f]{32}").isNotEqualTo("0".repeat(32));
        assertThat(id).matches("[0-9a-f]{16}").isNotEqualTo("0".repeat(16));
        assertThat(parent.orElse(id)).matches("[0-9a-f]{16}");
        assertThat(span.integer("flags")).hasValue(1);
        String began = span.text("startTimeUnixNano").orElseThrow();
        String ended = span.text("endTimeUnixNano").orElseThrow();
        assertThat(began).matches("[1-9][0-9]{18}");
        assertThat(ended).matches("[1-9][0-9]{18}");
        assertThat(Long.parseLong(ended)).isGreaterThanOrEqualTo(Long.parseLong(began));
        span.object("status").ifPresent(status -> assertThat(status.integer("code")).hasValue(2));
        return new Received(
                trace,
                id,
                parent,
                span.text("name").orElseThrow(),
                span.integer("kind").orElseThrow(),
                Long.parseLong(began),
                Long.parseLong(ended),
                attributes(span),
                span.has("status"));
    }

    private static Map<String, String> attributes(JsonObject holder) {
        Map<String, String> attributes = new HashMap<>();
        for (JsonObject each : objects(holder, "attributes")) {
            String before =
                    attributes.put(
                            each.text("key").orElseThrow(),
                            each.object("value")
                                    .flatMap(value -> value.text("stringValue"))
                                    .orElseThrow());
            assertThat(before).as("a key stands once").isNull();
        }
        return attributes;
    }

    private static List<JsonObject> objects(JsonObject holder, String name) {
        return holder.array(name).orElse(JsonArray.of()).values().stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    /** Waits until so many spans came; fails on whatever it could not read. */
    public List<Received> await(int count) {
        while (spans.size() < count) {
            sound();
            LockSupport.parkNanos(1_000_000);
        }
        sound();
        return List.copyOf(spans);
    }

    private void sound() {
        fault.get()
                .ifPresent(wrong -> {
                    throw new AssertionError("the collector could not read a request", wrong);
                });
    }

    @Override
    public void close() {
        server.stop(0);
        sound();
    }
}
