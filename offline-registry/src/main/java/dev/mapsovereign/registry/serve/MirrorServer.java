package dev.mapsovereign.registry.serve;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.config.ListenAddress;
import dev.mapsovereign.config.LocalSocket;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryMirror;
import dev.mapsovereign.registry.SnapshotStatus;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The mirror over HTTP, read-only:
 *
 * <ul>
 *   <li>{@code GET /1.0/identifiers/{did}}: DID resolution; 404 {@code notFound}, 410 for what is
 *       deactivated, revoked or gone, with the document where there is one
 *   <li>{@code GET /v1/entries/{did}}: document and inclusion proof, or the proof of absence
 *   <li>{@code GET /v1/lineage/{did}}: chain and verdict
 *   <li>{@code GET /v1/health}
 * </ul>
 *
 * <p>Each answer says from which snapshot it comes and how old that is ({@code X-Snapshot-Number},
 * {@code X-Snapshot-Age} in seconds, {@code X-Snapshot-Expired}). It listens on loopback only: what
 * it answers is signed and provable, but who asks is nobody else's business.
 */
public final class MirrorServer implements AutoCloseable {
    private static final Logger LOG = System.getLogger(MirrorServer.class.getName());
    private static final HeaderName NUMBER = HeaderNames.create("X-Snapshot-Number");
    private static final HeaderName AGE = HeaderNames.create("X-Snapshot-Age");
    private static final HeaderName EXPIRED = HeaderNames.create("X-Snapshot-Expired");
    private static final Duration IDLE_MAX = Duration.ofMinutes(2);

    /** More than any pool of engines on one host opens; each waits on a virtual thread. */
    private static final int CONNECTIONS_MAX = 4096;

    private final RegistryMirror mirror;
    private final MirrorAnswers answers;
    private final WebServer server;

    private MirrorServer(RegistryMirror mirror, SocketAddress address, String version) {
        this.mirror = mirror;
        this.answers = new MirrorAnswers(mirror, version);
        this.server =
                WebServer.builder()
                        .bindAddress(address)
                        .maxTcpConnections(CONNECTIONS_MAX)
                        .idleConnectionTimeout(IDLE_MAX)
                        .shutdownHook(false)
                        .routing(this::route)
                        .build();
    }

    /**
     * Starts the server; port 0 takes any free one, see {@link #port}.
     *
     * @param version the product's version, for {@code /v1/health}
     * @throws IllegalArgumentException for an address beyond loopback
     */
    public static MirrorServer start(RegistryMirror mirror, ListenAddress address, String version) {
        if (!address.isLoopback()) {
            throw new IllegalArgumentException(
                    "registry.bind " + address + " is not on loopback, and there is no TLS here");
        }
        try {
            InetAddress host = InetAddress.getByName(address.host());
            return start(mirror, new InetSocketAddress(host, address.port()), version);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("registry.bind " + address + " is no address", e);
        }
    }

    /**
     * Starts the server on a Unix socket.
     *
     * @param version the product's version, for {@code /v1/health}
     * @throws OperatorException with exit code 3 when the socket cannot be made
     */
    public static MirrorServer start(RegistryMirror mirror, LocalSocket socket, String version) {
        try {
            return start(mirror, socket.toBind(), version);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the registry cannot be served on " + socket + ": " + e.getMessage(),
                    e);
        }
    }

    private static MirrorServer start(
            RegistryMirror mirror, SocketAddress address, String version) {
        MirrorServer server = new MirrorServer(mirror, address, version);
        server.server.start();
        return server;
    }

    /** The port it listens on. */
    public int port() {
        return server.port();
    }

    private void route(HttpRouting.Builder routing) {
        routing.get(
                        "/1.0/identifiers/{did}",
                        (request, response) ->
                                answer(
                                        request,
                                        response,
                                        () ->
                                                answers.resolution(
                                                        did(request),
                                                        request.headers()
                                                                .first(HeaderNames.ACCEPT)
                                                                .orElse(""))))
                .get(
                        "/v1/entries/{did}",
                        (request, response) ->
                                answer(request, response, () -> answers.entry(did(request))))
                .get(
                        "/v1/entries/{did}/versions",
                        (request, response) ->
                                answer(request, response, () -> answers.versions(did(request))))
                .get(
                        "/v1/lineage/{did}",
                        (request, response) ->
                                answer(request, response, () -> answers.lineage(did(request))))
                .get(
                        "/v1/health",
                        (request, response) -> answer(request, response, answers::health))
                .any((request, response) -> answer(request, response, () -> otherwise(request)));
    }

    private static MirrorAnswer otherwise(ServerRequest request) {
        String method = request.prologue().method().text();
        if (!method.equals("GET")) {
            return MirrorAnswers.problem(
                    ErrorCode.METHOD_NOT_ALLOWED, "this mirror is read-only", JsonObject.EMPTY);
        }
        return MirrorAnswers.problem(ErrorCode.NOT_FOUND, "no such path", JsonObject.EMPTY);
    }

    private static String did(ServerRequest request) {
        return request.path().pathParameters().get("did");
    }

    private void answer(
            ServerRequest request, ServerResponse response, Supplier<MirrorAnswer> make) {
        MirrorAnswer answer;
        try {
            answer = make.get();
        } catch (RegistryException e) {
            LOG.log(Logger.Level.ERROR, "The registry could not answer", e);
            answer =
                    MirrorAnswers.problem(
                            ErrorCode.INTERNAL, "the registry is damaged", JsonObject.EMPTY);
        }
        SnapshotStatus status = mirror.status();
        response.header(NUMBER, Long.toString(status.number()));
        response.header(AGE, Long.toString(status.age().toSeconds()));
        if (status.expired()) {
            response.header(EXPIRED, "true");
        }
        if (answer.status() == 405) {
            response.header(HeaderNames.ALLOW, "GET");
        }
        response.header(HeaderNames.CACHE_CONTROL, "no-cache");
        response.header(HeaderNames.VARY, "Accept");
        Optional<String> tag = answer.entityTag();
        tag.ifPresent(it -> response.header(HeaderNames.ETAG, it));
        if (tag.isPresent() && request.headers().first(HeaderNames.IF_NONE_MATCH).equals(tag)) {
            response.status(Status.NOT_MODIFIED_304).send();
            return;
        }
        response.status(Status.create(answer.status()));
        response.header(HeaderNames.CONTENT_TYPE, answer.contentType());
        response.send(answer.body());
    }

    @Override
    public void close() {
        server.stop();
    }
}
