package dev.mapsovereign.gateway.metrics;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.config.LocalSocket;
import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.HttpDate;
import dev.mapsovereign.gateway.http.Request;
import dev.mapsovereign.gateway.http.RequestHandler;
import dev.mapsovereign.gateway.http1.Http1Session;
import dev.mapsovereign.gateway.listen.BodyBudget;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.listen.Listener;
import dev.mapsovereign.gateway.listen.PlainTransport;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.InstantSource;

/** Serves a registry's text on a port of its own, so that a busy gateway can still be watched. */
public final class MetricsServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(MetricsServer.class.getName());

    /** A scraper or two; everything else on this port is a mistake. */
    private static final EdgeLimits LIMITS =
            new EdgeLimits(
                    32,
                    32,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofMinutes(2),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(1),
                    50,
                    16 * 1024,
                    1,
                    64 * 1024);

    private final Listener listener;

    private MetricsServer(Listener listener) {
        this.listener = listener;
    }

    /**
     * Starts listening.
     *
     * @throws OperatorException with exit code 3 when the address cannot be bound
     */
    public static MetricsServer start(MetricsConfig config, MeterRegistry registry) {
        Scrapes scrapes = new Scrapes(config.path(), new PrometheusText(registry));
        Http1Session session =
                new Http1Session(
                        scrapes,
                        new BodyBudget(LIMITS.bodyBytesTogetherMax()),
                        new HttpDate(InstantSource.system()));
        String where = config.socket().map(LocalSocket::toString).orElse("http://" + config.bind());
        try {
            Listener listener =
                    Listener.open("metrics", address(config), LIMITS, PlainTransport::new, session);
            LOG.log(System.Logger.Level.INFO, "metrics at {0}{1}", where, config.path());
            return new MetricsServer(listener);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "metrics cannot be served on " + where + ": " + e.getMessage(),
                    e);
        }
    }

    private static SocketAddress address(MetricsConfig config) throws IOException {
        if (config.socket().isPresent()) {
            return config.socket().get().toBind();
        }
        return new InetSocketAddress(config.bind().host(), config.bind().port());
    }

    /** The port that was really taken. */
    public int port() {
        try {
            return ((InetSocketAddress) listener.address()).getPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        listener.close();
    }

    private record Scrapes(String path, PrometheusText text) implements RequestHandler {
        @Override
        public Answer handle(Request request) {
            if (!request.path().equals(path)) {
                return Answer.of(404, "text/plain; charset=utf-8", "metrics are at " + path + "\n");
            }
            if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
                return Answer.of(405, "text/plain; charset=utf-8", "read with GET\n")
                        .with("allow", "GET, HEAD");
            }
            return Answer.of(200, PrometheusText.MEDIA_TYPE, text.write());
        }

        @Override
        public Answer refuse(BrokenRequest broken) {
            return Answer.of(
                    broken.problem().code().status(),
                    "text/plain; charset=utf-8",
                    broken.problem().reason() + "\n");
        }
    }
}
