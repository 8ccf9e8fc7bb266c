package dev.mapsovereign.gateway.testing;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** A client that sends exactly the bytes it is told, and reads answers without any leniency. */
public final class RawClient implements Closeable {
    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /** Connects without TLS. */
    public static RawClient plain(int port) throws IOException {
        return new RawClient(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /** Connects with TLS, trusting what {@code trust} trusts. */
    public static RawClient tls(int port, SSLContext trust) throws IOException {
        return new RawClient(
                trust.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port));
    }

    /** One answer. */
    public record Reply(int status, Map<String, String> headers, byte[] body) {
        /** The body as text. */
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** Whether the server announced that it closes. */
        public boolean closing() {
            return "close".equals(headers.get("connection"));
        }
    }

    /** Sends text, one byte a character. */
    public RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends bytes. A server that has closed already is not an error here: its answer counts. */
    public RawClient send(byte[] bytes) throws IOException {
        try {
            out.write(bytes);
            out.flush();
        } catch (SocketException e) {
            // The answer, or its absence, says what happened.
        }
        return this;
    }

    /** Says that nothing more comes. */
    public void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Leaves without a word: what is under way on the other side fails. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Reads one answer. */
    public Reply reply() throws IOException {
        Reply head = head();
        if (head.status() == 100) {
            return head;
        }
        int length = Integer.parseInt(head.headers().getOrDefault("content-length", "0"));
        return new Reply(head.status(), head.headers(), in.readNBytes(length));
    }

    /** Reads the head of an answer that has no body, whatever its length says. */
    public Reply head() throws IOException {
        String statusLine = line();
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return new Reply(Integer.parseInt(statusLine.split(" ")[1]), headers, new byte[0]);
    }

    /** Everything that the server still sends, until it ends the connection. */
    public byte[] rest() throws IOException {
        return in.readAllBytes();
    }

    /** Whether the server has ended the connection; waits for it. */
    public boolean ended() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (SocketException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int value = in.read();
            if (value < 0) {
                throw new IOException("the server ended the connection: " + line);
            }
            if (value == '\r') {
                if (in.read() != '\n') {
                    throw new IOException("CR without LF");
                }
                return line.toString(StandardCharsets.ISO_8859_1);
            }
            line.write(value);
        }
    }
}
