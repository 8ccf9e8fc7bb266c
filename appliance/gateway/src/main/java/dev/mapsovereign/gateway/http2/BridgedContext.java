package dev.mapsovereign.gateway.http2;

import dev.mapsovereign.gateway.listen.Connection;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.Routing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.Principal;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/** One of our connections, as Helidon's HTTP/2 wants to see it. */
final class BridgedContext implements ConnectionContext, Router {
    private final Connection connection;
    private final ListenerContext listener;
    private final StreamRouting routing;
    private final DataReader reader;
    private final DataWriter writer;

    BridgedContext(
            Connection connection,
            FrameGate gate,
            ListenerContext listener,
            StreamRouting routing) {
        this.connection = connection;
        this.listener = listener;
        this.routing = routing;
        this.reader = DataReader.create(() -> read(gate));
        this.writer = new FrameWriter(connection, gate);
    }

    private static byte @Nullable [] read(FrameGate gate) {
        try {
            return gate.next();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public ListenerContext listenerContext() {
        return listener;
    }

    @Override
    public ExecutorService executor() {
        return listener.executor();
    }

    @Override
    public DataWriter dataWriter() {
        return writer;
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public Router router() {
        return this;
    }

    @Override
    public <T extends Routing> T routing(Class<T> type, T otherwise) {
        return type.isInstance(routing) ? type.cast(routing) : otherwise;
    }

    @Override
    public List<? extends Routing> routings() {
        return List.of(routing);
    }

    @Override
    public void beforeStart() {}

    @Override
    public void afterStop() {}

    @Override
    public PeerInfo remotePeer() {
        return new Peer(connection.source());
    }

    @Override
    public PeerInfo localPeer() {
        return new Peer("local");
    }

    @Override
    public boolean isSecure() {
        return connection.transport().secure();
    }

    @Override
    public String socketId() {
        return "h2";
    }

    @Override
    public String childSocketId() {
        return Integer.toHexString(System.identityHashCode(connection));
    }

    /**
     * The peer. Its certificates stay hidden from Helidon, which would turn them into a header
     * field; requests take them from the connection.
     */
    private record Peer(String host) implements PeerInfo {
        @Override
        public SocketAddress address() {
            return InetSocketAddress.createUnresolved(host, 0);
        }

        @Override
        public int port() {
            return 0;
        }

        @Override
        public Optional<Principal> tlsPrincipal() {
            return Optional.empty();
        }

        @Override
        public Optional<Certificate[]> tlsCertificates() {
            return Optional.empty();
        }
    }
}
