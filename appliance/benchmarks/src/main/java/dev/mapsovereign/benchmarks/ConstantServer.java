package dev.mapsovereign.benchmarks;

import dev.mapsovereign.base.identity.CorrelationId;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * The same gateway with nothing behind it: reads and checks the request, answers a constant of the
 * usual shape. What a call costs beyond this is the engine's and the log's.
 */
public final class ConstantServer {
    private static final byte[] DATA =
            "{\"answer\":\"constant\"}".getBytes(StandardCharsets.US_ASCII);

    private ConstantServer() {}

    /** Arguments: port, certificate file, key file. */
    public static void main(String[] arguments) throws InterruptedException {
        GatewayConfig config =
                new GatewayConfig(
                        new ListenAddress("127.0.0.1", Integer.parseInt(arguments[0])),
                        Optional.of(
                                new GatewayConfig.TlsPaths(
                                        Path.of(arguments[1]), Path.of(arguments[2]))),
                        EdgeLimits.defaults(),
                        Duration.ofSeconds(1));
        Gateway gateway =
                Gateway.start(
                        config,
                        Optional.empty(),
                        new Constant(),
                        path -> Optional.empty(),
                        List::of,
                        new Readiness(),
                        PrometheusText.registry());
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(gateway::close));
        new CountDownLatch(1).await();
    }

    private record Constant() implements Dispatcher {
        @Override
        public EngineResponse handle(InboundRequest request) {
            return new EngineResponse.Answered(DATA, metadata(request.correlationId()), false);
        }

        @Override
        public EngineResponse reject(RejectedRequest request) {
            return new EngineResponse.Refused(request.refusal(), metadata(request.correlationId()));
        }

        private static ResponseMetadata metadata(CorrelationId correlationId) {
            return new ResponseMetadata(
                    correlationId,
                    Optional.of("OAS"),
                    Optional.of("v1.0.0"),
                    Optional.of("resolve"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    0);
        }
    }
}
