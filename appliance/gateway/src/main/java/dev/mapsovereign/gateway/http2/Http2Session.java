package dev.mapsovereign.gateway.http2;

import dev.mapsovereign.gateway.http.RequestHandler;
import dev.mapsovereign.gateway.listen.BodyBudget;
import dev.mapsovereign.gateway.listen.Connection;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.listen.Inlet;
import dev.mapsovereign.gateway.listen.Listener;
import dev.mapsovereign.gateway.listen.Phase;
import io.helidon.common.concurrency.limits.FixedLimit;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.media.MediaContext;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.http2.Http2Config;
import io.helidon.webserver.http2.Http2ConnectionSelector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * HTTP/2 on a connection, by Helidon's implementation: frames, header compression, flow control,
 * and its counters against reset floods. Ours are the bytes below it and the requests above it.
 */
public final class Http2Session implements Listener.Session, AutoCloseable {
    /**
     * What a stream and the connection may send without being asked to go on. Helidon queues at
     * most 32 frames of a stream and then stops reading the whole connection; 16 full frames keep
     * clear of that.
     */
    private static final int WINDOW_BYTES = 256 * 1024;

    private final RequestHandler handler;
    private final BodyBudget bodies;
    private final Http2ConnectionSelector connections;
    private final ListenerSurroundings surroundings;
    private final ExecutorService streams =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("h2-stream-", 0).factory());
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("h2-clock").daemon().factory());

    /** Hands every request to {@code handler}. */
    public Http2Session(RequestHandler handler, BodyBudget bodies, EdgeLimits limits) {
        this.handler = handler;
        this.bodies = bodies;
        this.connections =
                Http2ConnectionSelector.builder().http2Config(configuration(limits)).build();
        this.surroundings =
                new ListenerSurroundings(
                        ListenerConfig.builder().maxPayloadSize(-1).buildPrototype(),
                        MediaContext.create(),
                        ContentEncodingContext.create(),
                        DirectAnswers.handlers(),
                        streams);
    }

    @Override
    public void serve(Connection connection) throws IOException {
        serve(connection, new Inlet(connection.transport()));
    }

    /** Serves a connection of which some bytes have been looked at already. */
    public void serve(Connection connection, Inlet inlet) throws IOException {
        connection.enter(Phase.IDLE);
        FrameGate gate = new FrameGate(connection, inlet, clock);
        StreamRouting routing = new StreamRouting(connection, gate, handler, bodies, clock);
        connection.onFinish(() -> GoAway.send(connection));
        try {
            connections
                    .connection(new BridgedContext(connection, gate, surroundings, routing))
                    .handle(FixedLimit.create());
        } catch (CloseConnectionException e) {
            throw new IOException("HTTP/2 connection ended", e);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (RuntimeException e) {
            // Helidon's way to say that it did not expect such bytes; whoever sends them does not
            // fill our log.
            throw new IOException("HTTP/2 connection failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            routing.end();
            if (gate.over()) {
                connection.linger();
            }
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        // No interrupt into calls under way; they end when they find their connection gone.
        streams.shutdown();
    }

    private static Http2Config configuration(EdgeLimits limits) {
        return Http2Config.builder()
                .maxConcurrentStreams(limits.streamsMax())
                // The list counts 32 bytes more per field; our own limit refuses with an answer.
                .maxHeaderListSize(limits.headBytesMax() * 2L)
                .initialWindowSize(WINDOW_BYTES)
                .flowControlTimeout(limits.writeTime())
                .validatePath(false)
                .sendErrorDetails(false)
                .build();
    }
}
