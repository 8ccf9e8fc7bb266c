package dev.mapsovereign.gateway.testing;

import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.config.ListenAddress;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.RejectedRequest;
import dev.mapsovereign.engine.request.ResponseMetadata;
import dev.mapsovereign.gateway.Dispatcher;
import dev.mapsovereign.gateway.Gateway;
import dev.mapsovereign.gateway.GatewayConfig;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.metrics.PrometheusText;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A gateway on a free port over a dispatcher that remembers what reached it and echoes input. */
public final class TestNode implements AutoCloseable, Dispatcher {
    /** What {@link #handle} got. */
    public final List<InboundRequest> handled = new CopyOnWriteArrayList<>();

    /** What {@link #reject} got. */
    public final List<RejectedRequest> rejected = new CopyOnWriteArrayList<>();

    /** Behind {@code /ready}. */
    public final Readiness readiness = new Readiness();

    private final Gateway gateway;

    /** Starts one; plain when {@code tls} is empty. */
    public TestNode(Optional<TestTls> tls, EdgeLimits limits) {
        gateway =
                Gateway.start(
                        new GatewayConfig(
                                new ListenAddress("127.0.0.1", 0),
                                tls.map(files ->
                                        new GatewayConfig.TlsPaths(
                                                files.chainFile(), files.keyFile())),
                                limits,
                                Duration.ofSeconds(5)),
                        this,
                        path ->
                                path.equals("max/v1/index.json")
                                        ? Optional.of("{}".getBytes(StandardCharsets.UTF_8))
                                        : Optional.empty(),
                        readiness,
                        PrometheusText.registry());
    }

    /** Where it listens. */
    public int port() {
        return gateway.port();
    }

    /** The gateway itself. */
    public Gateway gateway() {
        return gateway;
    }

    @Override
    public EngineResponse handle(InboundRequest request) {
        handled.add(request);
        JsonObject input = request.envelope().input();
        input.integer("sleep")
                .ifPresent(millis -> {
                    try {
                        Thread.sleep(millis);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
        return new EngineResponse.Answered(
                CanonicalJson.encode(input),
                new ResponseMetadata(
                        request.correlationId(),
                        Optional.of(request.envelope().protocol()),
                        Optional.of("v1.0.0"),
                        Optional.of(request.envelope().operation()),
                        Optional.empty(),
                        Optional.empty(),
                        800),
                false);
    }

    @Override
    public EngineResponse reject(RejectedRequest request) {
        rejected.add(request);
        return new EngineResponse.Refused(
                request.refusal(),
                new ResponseMetadata(
                        request.correlationId(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        0));
    }

    @Override
    public void close() {
        gateway.close();
    }
}
