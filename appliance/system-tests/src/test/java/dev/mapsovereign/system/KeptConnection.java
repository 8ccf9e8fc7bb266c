package dev.mapsovereign.system;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** One TLS connection that a caller keeps: calls go over it one after the other. One thread. */
final class KeptConnection implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 60_000;

    /**
     * What came back.
     *
     * @param closing whether the node said that it ends the connection
     */
    record Answer(int status, boolean closing, JsonObject body) {
        /** Where the call's record stands, if the answer names one. */
        OptionalLong recordIndex() {
            return body.object("metadata").orElse(JsonObject.EMPTY).integer("record_index");
        }
    }

    private final SSLSocket socket;
    private final InputStream in;
    private final String apiKey;

    /** Connects, with the handshake. */
    KeptConnection(SSLContext trust, Site site) throws IOException {
        socket = (SSLSocket) trust.getSocketFactory().createSocket("127.0.0.1", site.port());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.startHandshake();
        in = new BufferedInputStream(socket.getInputStream(), 4_096);
        apiKey = site.apiKey();
    }

    /**
     * Makes a call.
     *
     * @param correlationId the caller's own
     * @throws EOFException when the connection ends before the first byte of an answer
     * @throws IOException when it ends in the middle of one, or nothing comes in time
     */
    Answer call(String correlationId, String body) throws IOException {
        byte[] request =
                ("POST /v1/dispatch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                                + "Authorization: Bearer "
                                + apiKey
                                + "\r\nX-Correlation-Id: "
                                + correlationId
                                + "\r\nContent-Length: "
                                + body.length()
                                + "\r\n\r\n"
                                + body)
                        .getBytes(StandardCharsets.US_ASCII);
        try {
            socket.getOutputStream().write(request);
        } catch (IOException e) {
            throw ended(e);
        }
        return answer();
    }

    private Answer answer() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int next = next(head.isEmpty());
            head.append((char) next);
        }
        String text = head.toString().toLowerCase(Locale.ROOT);
        byte[] body = new byte[Integer.parseInt(field(text, "content-length").orElseThrow())];
        if (in.readNBytes(body, 0, body.length) < body.length) {
            throw new IOException("the connection ended within an answer's body");
        }
        return new Answer(
                Integer.parseInt(text, 9, 12, 10),
                field(text, "connection").equals(Optional.of("close")),
                JsonReader.parseObject(body, JsonReader.Limits.DEFAULT));
    }

    private int next(boolean first) throws IOException {
        int next;
        try {
            next = in.read();
        } catch (IOException e) {
            throw first ? ended(e) : e;
        }
        if (next < 0) {
            throw first
                    ? new EOFException("the connection ended before an answer")
                    : new IOException("the connection ended within an answer's head");
        }
        return next;
    }

    private static EOFException ended(IOException cause) {
        EOFException ended = new EOFException("the connection ended before an answer");
        ended.initCause(cause);
        return ended;
    }

    private static Optional<String> field(String head, String name) {
        return head.lines()
                .filter(line -> line.startsWith(name + ": "))
                .map(line -> line.substring(name.length() + 2))
                .findFirst();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
