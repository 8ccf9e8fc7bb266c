package dev.mapsovereign.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import javax.net.SocketFactory;

/**
 * One kept-alive connection that sends ready-made requests. It reads of an answer what it needs:
 * status and length; so that the measuring costs as little as it can beside the measured.
 */
final class KeepAliveClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[32 * 1024];
    private int start;
    private int end;

    KeepAliveClient(SocketFactory sockets, int port) throws IOException {
        socket = sockets.createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /** A whole dispatch request. */
    static byte[] request(String authorization, String body) {
        return ("POST /v1/dispatch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + authorization
                        + "Content-Length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Sends a request and takes the answer; its status. */
    int exchange(byte[] request) throws IOException {
        out.write(request);
        out.flush();
        String head = head();
        int length = length(head);
        int here = Math.min(length, end - start);
        start += here;
        in.skipNBytes(length - (long) here);
        return Integer.parseInt(head, 9, 12, 10);
    }

    private String head() throws IOException {
        int scanned = start;
        while (true) {
            for (; scanned + 3 < end; scanned++) {
                if (buffer[scanned] == '\r'
                        && buffer[scanned + 1] == '\n'
                        && buffer[scanned + 2] == '\r'
                        && buffer[scanned + 3] == '\n') {
                    String head =
                            new String(buffer, start, scanned - start, StandardCharsets.US_ASCII);
                    start = scanned + 4;
                    return head;
                }
            }
            if (start > 0) {
                System.arraycopy(buffer, start, buffer, 0, end - start);
                scanned -= start;
                end -= start;
                start = 0;
            }
            int got = in.read(buffer, end, buffer.length - end);
            if (got <= 0) {
                throw new IOException("the server ended the connection");
            }
            end += got;
        }
    }

    private static int length(String head) {
        String name = "\r\ncontent-length: ";
        int at = head.toLowerCase(Locale.ROOT).indexOf(name);
        int from = at + name.length();
        int to = head.indexOf('\r', from);
        return Integer.parseInt(head, from, to < 0 ? head.length() : to, 10);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
