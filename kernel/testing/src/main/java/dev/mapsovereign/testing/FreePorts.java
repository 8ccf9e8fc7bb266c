package dev.mapsovereign.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Ports that nobody listens on at this moment. */
public final class FreePorts {
    private FreePorts() {}

    /** One on the loopback address; somebody else may take it before it is used. */
    public static int any() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
