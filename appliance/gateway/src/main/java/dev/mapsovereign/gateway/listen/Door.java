package dev.mapsovereign.gateway.listen;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;

/**
 * A listening socket, and what shutting it means: one of our own is closed; one that the service
 * manager made stays open, so that callers who come during a restart wait for the next process
 * instead of being turned away.
 *
 * <p>An inherited one must not be closed for another reason too: the JDK ties it to standard input,
 * output and error, and a close would point all three at {@code /dev/null}, log included.
 */
final class Door {
    private final ServerSocketChannel server;

    /** Wakes who waits at an inherited socket; empty for our own, whose close does that. */
    private final Optional<Selector> waiting;

    private Door(ServerSocketChannel server, Optional<Selector> waiting) {
        this.server = server;
        this.waiting = waiting;
    }

    /** A socket of our own, bound. */
    static Door own(ServerSocketChannel server) {
        return new Door(server, Optional.empty());
    }

    /** A socket that this process was given, bound and listening. */
    static Door inherited(ServerSocketChannel server) throws IOException {
        Selector selector = Selector.open();
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        return new Door(server, Optional.of(selector));
    }

    SocketAddress address() throws IOException {
        return server.getLocalAddress();
    }

    /**
     * Waits for the next connection.
     *
     * @throws ClosedChannelException once the door is shut
     */
    SocketChannel next() throws IOException {
        if (waiting.isEmpty()) {
            return server.accept();
        }
        Selector selector = waiting.get();
        while (selector.isOpen()) {
            SocketChannel channel = server.accept();
            if (channel != null) {
                return channel;
            }
            selector.select();
            if (selector.isOpen()) {
                selector.selectedKeys().clear();
            }
        }
        throw new ClosedChannelException();
    }

    /** Nobody is let in any more; a second call does nothing. */
    void shut() throws IOException {
        if (waiting.isPresent()) {
            waiting.get().close();
        } else {
            server.close();
        }
    }
}
