package dev.mapsovereign.benchmarks;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The least that a remote process can be: reads a request, answers a constant. One platform thread
 * a connection.
 */
public final class UpstreamServer {
    private UpstreamServer() {}

    /** Argument: bytes of an answer's content. Prints its port. */
    public static void main(String[] arguments) throws IOException {
        byte[] answer = answer(Integer.parseInt(arguments[0]));
        try (ServerSocket listening =
                new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress())) {
            System.out.println(listening.getLocalPort());
            while (true) {
                Socket socket = listening.accept();
                Thread.ofPlatform().daemon().start(() -> serve(socket, answer));
            }
        }
    }

    private static byte[] answer(int bytes) {
        String content = "{\"data\":{\"text\":\"" + "x".repeat(bytes - 20) + "\"}}";
        return ("HTTP/1.1 200 OK\r\nDate: Mon, 30 Nov 2026 09:00:00 GMT\r\nServer: upstream\r\n"
                        + "Content-Type: application/json\r\nContent-Length: "
                        + content.length()
                        + "\r\n\r\n"
                        + content)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static void serve(Socket socket, byte[] answer) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 16 * 1_024);
            while (readRequest(in)) {
                socket.getOutputStream().write(answer);
            }
        } catch (IOException gone) {
            // The client has ended.
        }
    }

    /** Reads one request with content; false at the connection's end. */
    private static boolean readRequest(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder(512);
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                return false;
            }
            head.append((char) next);
        }
        String name = "\r\ncontent-length: ";
        int from = head.toString().toLowerCase(Locale.ROOT).indexOf(name) + name.length();
        in.skipNBytes(Integer.parseInt(head.substring(from, head.indexOf("\r\n", from))));
        return true;
    }
}
