package dev.mapsovereign.gateway;

import dev.mapsovereign.config.ListenAddress;
import dev.mapsovereign.engine.Engine;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.gateway.http1.Http1SessionTest;
import dev.mapsovereign.gateway.listen.Listener;
import dev.mapsovereign.gateway.metrics.PrometheusText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a {@link SwitchedBuild} runs of itself: a gateway over an engine from outside, the same with
 * TLS, and the listener that {@link Http1SessionTest} speaks to. Gives their ports, in this order.
 */
public final class SwitchedEdges implements Supplier<int[]>, AutoCloseable {
    private final Gateway plain;
    private final Gateway tls;
    private final Listener echo;

    /** Starts all three. */
    public SwitchedEdges(Engine engine, Readiness readiness, Path chainFile, Path keyFile)
            throws IOException {
        plain = gateway(engine, readiness, Optional.empty());
        tls =
                gateway(
                        engine,
                        readiness,
                        Optional.of(new GatewayConfig.TlsPaths(chainFile, keyFile)));
        echo = Http1SessionTest.listen(Http1SessionTest.budget());
    }

    private static Gateway gateway(
            Engine engine, Readiness readiness, Optional<GatewayConfig.TlsPaths> tls) {
        return Gateway.start(
                new GatewayConfig(
                        new ListenAddress("127.0.0.1", 0),
                        tls,
                        HostileRequestTest.impatient(),
                        Duration.ofSeconds(5)),
                engine,
                readiness,
                PrometheusText.registry());
    }

    @Override
    public int[] get() {
        try {
            int third = ((InetSocketAddress) echo.address()).getPort();
            return new int[] {plain.port(), tls.port(), third};
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        plain.close();
        tls.close();
        echo.close();
    }
}
