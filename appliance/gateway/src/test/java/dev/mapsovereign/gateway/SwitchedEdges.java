package dev.mapsovereign.gateway;

import dev.mapsovereign.config.ListenAddress;
import dev.mapsovereign.engine.Engine;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.gateway.http1.Http1SessionTest;
import dev.mapsovereign.gateway.listen.BodyBudget;
import dev.mapsovereign.gateway.listen.Listener;
import dev.mapsovereign.gateway.metrics.PrometheusText;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a {@link SwitchedBuild} runs of itself: a gateway over an engine from outside, and the
 * listener that {@link Http1SessionTest} speaks to. Gives the two ports.
 */
public final class SwitchedEdges implements Supplier<int[]>, AutoCloseable {
    private final Gateway gateway;
    private final Listener echo;

    /** Starts both. */
    public SwitchedEdges(Engine engine, Readiness readiness) throws Exception {
        gateway =
                Gateway.start(
                        new GatewayConfig(
                                new ListenAddress("127.0.0.1", 0),
                                Optional.empty(),
                                HostileRequestTest.impatient(),
                                Duration.ofSeconds(5)),
                        engine,
                        readiness,
                        PrometheusText.registry());
        echo = Http1SessionTest.listen(new BodyBudget(1 << 20));
    }

    @Override
    public int[] get() {
        try {
            return new int[] {
                gateway.port(), ((InetSocketAddress) echo.address()).getPort(),
            };
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        gateway.close();
        echo.close();
    }
}
