package dev.mapsovereign.gateway.listen;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * Accepts connections and gives each a virtual thread.
 *
 * <p>It is our own and not the web framework's because of what that one does at this place: it
 * looks up the name of every TLS client in the DNS, has no deadline for a handshake, for a head or
 * for a body, stops for good when one accept fails for want of a file descriptor, and never closes
 * a connection after {@code Connection: close} (see {@code docs/decisions/0020-own-listener.md}).
 */
public final class Listener implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Listener.class.getName());

    private final String name;
    private final Door door;
    private final EdgeLimits limits;
    private final Function<SocketChannel, Transport> transports;
    private final Session session;
    private final DeadlineWatch watch;
    private final SourceCounts sources;
    private final AtomicInteger open = new AtomicInteger();
    private final LongAdder shed = new LongAdder();
    private final ExecutorService threads;
    private final Thread acceptor;
    private volatile boolean accepting = true;

    /** What is spoken on a connection. */
    @FunctionalInterface
    public interface Session {
        /** Serves the connection until it ends; the listener closes it afterwards. */
        void serve(Connection connection) throws IOException;
    }

    private Listener(
            String name,
            Door door,
            EdgeLimits limits,
            Function<SocketChannel, Transport> transports,
            Session session) {
        this.name = name;
        this.door = door;
        this.limits = limits;
        this.transports = transports;
        this.session = session;
        this.watch = new DeadlineWatch(name);
        this.sources = new SourceCounts(limits.connectionsPerSourceMax());
        this.threads =
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name(name + "-", 0).factory());
        this.acceptor = Thread.ofPlatform().name(name + "-accept").unstarted(this::accept);
    }

    /**
     * Binds and starts accepting.
     *
     * @param name for threads and logs
     * @param address where; port 0 takes any free one
     * @param limits what each connection and all together may use
     * @param transports makes the bytes of a connection out of its channel
     * @param session what is spoken
     * @throws IOException when the address cannot be bound
     */
    public static Listener open(
            String name,
            SocketAddress address,
            EdgeLimits limits,
            Function<SocketChannel, Transport> transports,
            Session session)
            throws IOException {
        ServerSocketChannel server =
                address instanceof UnixDomainSocketAddress
                        ? ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)
                        : ServerSocketChannel.open();
        try {
            if (!(address instanceof UnixDomainSocketAddress)) {
                server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            }
            server.bind(address, Limits.BACKLOG);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        return start(name, server, limits, transports, session);
    }

    /** Starts accepting on a channel of our own that is bound already. */
    public static Listener start(
            String name,
            ServerSocketChannel server,
            EdgeLimits limits,
            Function<SocketChannel, Transport> transports,
            Session session) {
        return start(name, Door.own(server), limits, transports, session);
    }

    /**
     * Starts accepting on a socket that the service manager made and listens on. It is never
     * closed: who comes after {@link #stopAccepting} waits for the process that inherits it next.
     *
     * @throws IOException when the channel is no listening socket
     */
    public static Listener inherit(
            String name,
            ServerSocketChannel server,
            EdgeLimits limits,
            Function<SocketChannel, Transport> transports,
            Session session)
            throws IOException {
        return start(name, Door.inherited(server), limits, transports, session);
    }

    private static Listener start(
            String name,
            Door door,
            EdgeLimits limits,
            Function<SocketChannel, Transport> transports,
            Session session) {
        Listener listener = new Listener(name, door, limits, transports, session);
        listener.acceptor.start();
        return listener;
    }

    /** Where it listens, with the port that was really taken. */
    public SocketAddress address() throws IOException {
        return door.address();
    }

    /** Open connections. */
    public int connections() {
        return open.get();
    }

    /** Connections that were closed at once because a limit was reached, since the start. */
    public long connectionsShed() {
        return shed.sum();
    }

    /** Stops accepting; what is open goes on. */
    public void stopAccepting() {
        accepting = false;
        try {
            door.shut();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, name + ": cannot close the listening socket", e);
        }
    }

    /**
     * Asks every connection to end after the answer under way, and waits for it.
     *
     * @return whether all ended in time
     */
    public boolean finish(Duration time) throws InterruptedException {
        long deadline = System.nanoTime() + time.toNanos();
        while (open.get() > 0) {
            watch.connections().forEach(Connection::finish);
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            Thread.sleep(10);
        }
        return true;
    }

    /**
     * Closes the listening socket and every connection, at once. Nobody is interrupted: a thread
     * may be deep in a database, whose files an interrupt would close; it ends when it comes back
     * and finds its connection gone.
     */
    @Override
    public void close() {
        stopAccepting();
        watch.connections().forEach(Connection::cut);
        watch.close();
        threads.shutdown();
        try {
            if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.log(System.Logger.Level.WARNING, name + ": connections outlive the listener");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept() {
        while (accepting) {
            try {
                admit(door.next());
            } catch (ClosedChannelException | ClosedSelectorException e) {
                if (accepting) {
                    LOG.log(System.Logger.Level.ERROR, name + ": the listening socket is gone", e);
                }
                return;
            } catch (IOException | RuntimeException e) {
                // No descriptor or no memory left: both pass, and a listener that died does not.
                LOG.log(System.Logger.Level.ERROR, name + ": cannot accept, trying again", e);
                pause();
            }
        }
    }

    private void admit(SocketChannel channel) throws IOException {
        SocketAddress peer = channel.getRemoteAddress();
        String key = SourceCounts.keyOf(peer);
        if (open.incrementAndGet() > limits.connectionsMax()) {
            open.decrementAndGet();
            shed(channel);
            return;
        }
        if (!sources.enter(key)) {
            open.decrementAndGet();
            shed(channel);
            return;
        }
        try {
            threads.execute(() -> serve(channel, Connection.sourceOf(peer), key));
        } catch (RuntimeException e) {
            leave(key);
            channel.close();
            throw e;
        }
    }

    private void shed(SocketChannel channel) throws IOException {
        shed.increment();
        channel.close();
    }

    private void leave(String key) {
        sources.leave(key);
        open.decrementAndGet();
    }

    private void serve(SocketChannel channel, String source, String key) {
        try (channel) {
            if (!(channel.getLocalAddress() instanceof UnixDomainSocketAddress)) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            Connection connection =
                    new Connection(channel, transports.apply(channel), limits, source);
            watch.add(connection);
            try {
                connection.transport().open();
                connection.enter(Phase.IDLE);
                session.serve(connection);
            } finally {
                watch.remove(connection);
            }
        } catch (IOException e) {
            // A peer that leaves or speaks something else is the normal end of a connection.
            LOG.log(System.Logger.Level.TRACE, () -> name + ": connection ended: " + e);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, name + ": a connection failed", e);
        } finally {
            leave(key);
        }
    }

    private void pause() {
        try {
            Thread.sleep(Limits.ACCEPT_PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
