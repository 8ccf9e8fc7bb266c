package dev.mapsovereign.gateway;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.tls.TlsFiles;
import dev.mapsovereign.config.ListenAddress;
import dev.mapsovereign.engine.Engine;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.RejectedRequest;
import dev.mapsovereign.gateway.forward.EngineHosts;
import dev.mapsovereign.gateway.http.HttpDate;
import dev.mapsovereign.gateway.http.RequestHandler;
import dev.mapsovereign.gateway.http1.Http1Session;
import dev.mapsovereign.gateway.http2.Http2Session;
import dev.mapsovereign.gateway.listen.BodyBudget;
import dev.mapsovereign.gateway.listen.Connection;
import dev.mapsovereign.gateway.listen.Inlet;
import dev.mapsovereign.gateway.listen.Listener;
import dev.mapsovereign.gateway.listen.PlainTransport;
import dev.mapsovereign.gateway.listen.Transport;
import dev.mapsovereign.gateway.tls.ClientTrust;
import dev.mapsovereign.gateway.tls.GatewayPeers;
import dev.mapsovereign.gateway.tls.ShownCertificates;
import dev.mapsovereign.gateway.tls.TlsContext;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The HTTP edge: takes calls over HTTP/1.1 and HTTP/2, hands them to the engine, and writes what
 * the engine says.
 *
 * <p>The road of a request: {@link Listener} → {@link Http1Session} or {@link Http2Session} →
 * {@link DispatchRoutes} → {@link RequestReader} → {@link Dispatcher} → {@link ResponseWriter}.
 */
public final class Gateway implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Gateway.class.getName());

    private static final String NAME = "gateway";

    /** How long 503 is answered at least before the door is shut, so that balancers notice. */
    private static final Duration DRAIN_NOTICE = Duration.ofMillis(500);

    private static final Duration FINISH_TIME = Duration.ofSeconds(2);

    private final GatewayConfig config;
    private final Routes routes;
    private final Listener listener;
    private final boolean inherited;
    private final Http2Session http2;
    private final Optional<TlsContext> tls;

    private Gateway(
            GatewayConfig config,
            Routes routes,
            Listener listener,
            boolean inherited,
            Http2Session http2,
            Optional<TlsContext> tls) {
        this.config = config;
        this.routes = routes;
        this.listener = listener;
        this.inherited = inherited;
        this.http2 = http2;
        this.tls = tls;
    }

    /** Starts listening in front of that engine; see the other {@code start}. */
    public static Gateway start(
            GatewayConfig config, Engine engine, Readiness readiness, MeterRegistry registry) {
        Dispatcher dispatcher =
                new Dispatcher() {
                    @Override
                    public EngineResponse handle(InboundRequest request) {
                        return engine.handle(request);
                    }

                    @Override
                    public EngineResponse reject(RejectedRequest request) {
                        return engine.reject(request);
                    }
                };
        return start(
                config,
                Optional.empty(),
                dispatcher,
                engine.schemas()::find,
                List::of,
                readiness,
                registry);
    }

    /**
     * Starts listening; calls come in from the moment this returns.
     *
     * @param config where and how
     * @param inherited the listening socket that the service manager made, in the place of {@code
     *     config.bind()}
     * @param dispatcher takes the calls
     * @param schemas the schema file at a path below {@code /v1/schemas/}
     * @param clientAuthorities asked at each handshake: whose certificates clients may show
     * @param readiness what {@code /ready} says
     * @param registry where the edge counts
     * @throws OperatorException with exit code 3 when the address or the TLS files cannot be used,
     *     or the inherited socket could be reached from other hosts and there is no TLS
     */
    public static Gateway start(
            GatewayConfig config,
            Optional<ServerSocketChannel> inherited,
            Dispatcher dispatcher,
            Function<String, Optional<byte[]>> schemas,
            Supplier<List<X509Certificate>> clientAuthorities,
            Readiness readiness,
            MeterRegistry registry) {
        EdgeMeters meters = new EdgeMeters(registry);
        Routes routes = new DispatchRoutes(dispatcher, schemas, readiness, meters);
        return open(
                "gateway",
                config,
                inherited,
                routes,
                routes,
                new ShownCertificates(clientAuthorities),
                meters);
    }

    /**
     * Starts listening in front of engine hosts; see the other {@code start}.
     *
     * @param hosts which get the calls
     */
    public static Gateway inFrontOf(
            EngineHosts hosts,
            GatewayConfig config,
            Optional<ServerSocketChannel> inherited,
            Supplier<List<X509Certificate>> clientAuthorities,
            Supplier<Readiness> readiness,
            MeterRegistry registry) {
        EdgeMeters meters = new EdgeMeters(registry);
        meters.watch(hosts);
        Routes routes = new ForwardRoutes(hosts, readiness, meters);
        return open(
                "gateway",
                config,
                inherited,
                routes,
                routes,
                new ShownCertificates(clientAuthorities),
                meters);
    }

    /**
     * Starts listening for gateways, at an engine host; see the other {@code start}.
     *
     * @param config where, always with TLS
     * @param peers which gateways get in
     */
    public static Gateway behindGateways(
            GatewayPeers peers,
            GatewayConfig config,
            Optional<ServerSocketChannel> inherited,
            Dispatcher dispatcher,
            Function<String, Optional<byte[]>> schemas,
            Readiness readiness,
            MeterRegistry registry) {
        EdgeMeters meters = new EdgeMeters(registry);
        DispatchRoutes routes = new DispatchRoutes(dispatcher, schemas, readiness, meters);
        return open(
                "engine host", config, inherited, new EngineDoor(routes), routes, peers, meters);
    }

    /**
     * Listens.
     *
     * @param what is said to listen
     * @param handler answers
     * @param routes knows who is inside, and drains
     */
    private static Gateway open(
            String what,
            GatewayConfig config,
            Optional<ServerSocketChannel> inherited,
            RequestHandler handler,
            Routes routes,
            ClientTrust clients,
            EdgeMeters meters) {
        Optional<TlsContext> tls =
                config.tls()
                        .map(paths -> TlsFiles.read(paths.certFile(), paths.keyFile()))
                        .map(files -> new TlsContext(files, List.of("h2", "http/1.1"), clients));
        BodyBudget bodies = new BodyBudget(config.limits().bodyBytesTogetherMax());
        Http1Session http1 =
                new Http1Session(handler, bodies, new HttpDate(InstantSource.system()));
        Http2Session http2 = new Http2Session(handler, bodies, config.limits());
        Function<SocketChannel, Transport> transports =
                tls.isPresent() ? tls.get()::transport : PlainTransport::new;
        try {
            Listener listener =
                    listen(
                            config,
                            inherited,
                            transports,
                            connection -> speak(connection, http1, http2));
            meters.watch(listener);
            LOG.log(
                    System.Logger.Level.INFO,
                    "{0} listens on {1}, {2}{3}",
                    what,
                    shown(listener.address()),
                    tls.isPresent() ? "TLS 1.3" : "plain HTTP for this host alone",
                    inherited.isPresent() ? ", a socket of the service manager" : "");
            return new Gateway(config, routes, listener, inherited.isPresent(), http2, tls);
        } catch (IOException e) {
            http2.close();
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the " + what + " cannot listen on " + config.bind() + ": " + e.getMessage(),
                    e);
        }
    }

    private static Listener listen(
            GatewayConfig config,
            Optional<ServerSocketChannel> inherited,
            Function<SocketChannel, Transport> transports,
            Listener.Session session)
            throws IOException {
        if (inherited.isEmpty()) {
            return Listener.open(
                    NAME,
                    new InetSocketAddress(config.bind().host(), config.bind().port()),
                    config.limits(),
                    transports,
                    session);
        }
        ServerSocketChannel server = inherited.get();
        SocketAddress address = server.getLocalAddress();
        if (config.tls().isEmpty() && !isOfThisHost(address)) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the inherited socket listens on "
                            + shown(address)
                            + ", which other hosts can reach, and there is no [gateway.tls]",
                    "give cert_file and key_file, or let the socket unit listen on loopback");
        }
        if (address instanceof InetSocketAddress inet && inet.getPort() != config.bind().port()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "gateway.bind is {0}, but the service manager listens on {1}: map-units brings"
                            + " its units up to date",
                    config.bind(),
                    shown(address));
        }
        return Listener.inherit(NAME, server, config.limits(), transports, session);
    }

    private static boolean isOfThisHost(SocketAddress address) {
        return address instanceof UnixDomainSocketAddress
                || (address instanceof InetSocketAddress inet
                        && inet.getAddress().isLoopbackAddress());
    }

    private static String shown(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                ? new ListenAddress(inet.getAddress().getHostAddress(), inet.getPort()).toString()
                : address.toString();
    }

    /** The port that was really taken. */
    public int port() {
        try {
            return ((InetSocketAddress) listener.address()).getPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads the TLS files again and shows the new certificate from the next handshake on.
     *
     * @return whether it is another one
     * @throws OperatorException when they cannot be used; the old certificate stays
     */
    public boolean reloadTls() {
        return config.tls()
                .map(paths -> TlsFiles.read(paths.certFile(), paths.keyFile()))
                .map(files -> tls.orElseThrow().replace(files))
                .orElse(false);
    }

    /**
     * At an inherited socket, lets nobody in any more: who comes from now on waits for the next
     * process. A socket of our own stays open until {@link #close}, so that balancers get their
     * 503.
     */
    public void leaveInheritedSocket() {
        if (inherited) {
            listener.stopAccepting();
        }
    }

    /** The certificates that handshakes are shown now, leaf first; none without TLS. */
    public List<X509Certificate> certificates() {
        return tls.map(TlsContext::certificates).orElse(List.of());
    }

    /**
     * Ends every connection after the answer under way and shuts the door when nobody is inside any
     * more, or when {@link GatewayConfig#drainTimeout} has passed. The engine has been told to
     * drain before: it refuses what is new with {@code draining} until then.
     */
    @Override
    public void close() {
        routes.drain();
        long start = System.nanoTime();
        try {
            while (System.nanoTime() - start < DRAIN_NOTICE.toNanos()
                    || (routes.inside() > 0
                            && System.nanoTime() - start < config.drainTimeout().toNanos())) {
                Thread.sleep(5);
            }
            listener.stopAccepting();
            if (!listener.finish(FINISH_TIME)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0} connections are cut: their requests did not end in time",
                        listener.connections());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            listener.close();
            http2.close();
        }
    }

    private static void speak(Connection connection, Http1Session http1, Http2Session http2)
            throws IOException {
        Optional<String> agreed = connection.transport().applicationProtocol();
        if (agreed.isPresent() && agreed.get().equals("h2")) {
            http2.serve(connection);
            return;
        }
        Inlet inlet = new Inlet(connection.transport());
        if (agreed.isEmpty() && PrefaceSniffer.startsHttp2(inlet)) {
            http2.serve(connection, inlet);
        } else {
            http1.serve(connection, inlet);
        }
    }
}
