package dev.mapsovereign.system;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Makes a server that listens on loopback alone reachable at one more address. */
final class Relay implements AutoCloseable {
    private final ServerSocket server = new ServerSocket();
    private final int to;

    Relay(InetSocketAddress at, int to) throws IOException {
        this.to = to;
        server.bind(at);
        Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                relay(server.accept());
            } catch (IOException closedOrRefused) {
                // The next one may get through.
            }
        }
    }

    private void relay(Socket in) throws IOException {
        try {
            Socket out = new Socket(InetAddress.getLoopbackAddress(), to);
            Thread.ofVirtual().start(() -> copy(in, out));
            Thread.ofVirtual().start(() -> copy(out, in));
        } catch (IOException refused) {
            in.close();
            throw refused;
        }
    }

    private static void copy(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException ended) {
            // Either side did.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
