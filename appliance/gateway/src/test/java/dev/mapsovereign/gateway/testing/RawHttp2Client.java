package dev.mapsovereign.gateway.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * An HTTP/2 client over TLS that sends exactly the frames it is told, in whatever order, and does
 * nothing by itself: no window, no acknowledgement, no answer to a ping.
 */
public final class RawHttp2Client implements Closeable {
    /** The types of RFC 9113 §6, in their order. */
    public static final int DATA = 0;

    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PUSH_PROMISE = 5;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;

    public static final int END_STREAM = 1;
    public static final int ACK = 1;
    public static final int END_HEADERS = 4;
    public static final int PADDED = 8;
    public static final int WITH_PRIORITY = 32;

    /** By number (RFC 9113 §7). */
    private static final List<String> ERRORS =
            List.of(
                    "NO_ERROR",
                    "PROTOCOL_ERROR",
                    "INTERNAL_ERROR",
                    "FLOW_CONTROL_ERROR",
                    "SETTINGS_TIMEOUT",
                    "STREAM_CLOSED",
                    "FRAME_SIZE_ERROR",
                    "REFUSED_STREAM",
                    "CANCEL",
                    "COMPRESSION_ERROR",
                    "CONNECT_ERROR",
                    "ENHANCE_YOUR_CALM");

    private static final byte[] PREFACE =
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final int PATIENCE_MILLIS = 20_000;

    /** More frames than any answer here has. */
    private static final int FRAMES_MAX = 100_000;

    private final SSLSocket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private boolean sendable = true;

    private RawHttp2Client(SSLSocket socket) throws IOException {
        this.socket = socket;
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        out = socket.getOutputStream();
    }

    /** Connects, and agrees on {@code h2}; sends nothing yet. */
    public static RawHttp2Client connect(int port, SSLContext trust) throws IOException {
        SSLSocket socket =
                (SSLSocket)
                        trust.getSocketFactory()
                                .createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        if (!"h2".equals(socket.getApplicationProtocol())) {
            throw new IOException("no h2: " + socket.getApplicationProtocol());
        }
        return new RawHttp2Client(socket);
    }

    /** Sends the preface and no setting. */
    public RawHttp2Client begin() throws IOException {
        return send(PREFACE).frame(SETTINGS, 0, 0);
    }

    /** Sends bytes. A server that has closed already is not an error here: what it said counts. */
    public RawHttp2Client send(byte[] bytes) throws IOException {
        try {
            if (sendable) {
                out.write(bytes);
                out.flush();
            }
        } catch (SocketException | SSLException e) {
            sendable = false;
        }
        return this;
    }

    /** Whether the server has taken everything so far. */
    public boolean sendable() {
        return sendable;
    }

    /** Sends one frame. */
    public RawHttp2Client frame(int type, int flags, int stream, byte... payload)
            throws IOException {
        return send(bytes(type, flags, stream, payload));
    }

    /** One frame. */
    public static byte[] bytes(int type, int flags, int stream, byte... payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** Numbers of 32 bits. */
    public static byte[] ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }

    /** One setting. */
    public static byte[] setting(int number, int value) {
        return ByteBuffer.allocate(6).putShort((short) number).putInt(value).array();
    }

    /** Several arrays in one. */
    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /**
     * A header block of literal fields without indexing (RFC 7541 §6.2.2); pseudo fields take their
     * names from the static table.
     */
    public static byte[] block(String... namesAndValues) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int at = 0; at < namesAndValues.length; at += 2) {
            int index =
                    switch (namesAndValues[at]) {
                        case ":authority" -> 1;
                        case ":method" -> 2;
                        case ":path" -> 4;
                        case ":scheme" -> 6;
                        case ":status" -> 8;
                        default -> 0;
                    };
            block.write(index);
            if (index == 0) {
                text(block, namesAndValues[at]);
            }
            text(block, namesAndValues[at + 1]);
        }
        return block.toByteArray();
    }

    /** A literal field that enters the dynamic table (RFC 7541 §6.2.1). */
    public static byte[] indexed(String name, String value) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(0x40);
        text(block, name);
        text(block, value);
        return block.toByteArray();
    }

    private static void text(ByteArrayOutputStream block, String text) {
        int left = text.length();
        if (left < 127) {
            block.write(left);
        } else {
            block.write(127);
            for (left -= 127; left >= 128; left >>= 7) {
                block.write((left & 127) | 128);
            }
            block.write(left);
        }
        block.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** One frame that came. */
    public record Frame(int type, int flags, int stream, byte[] payload) {
        /** The error that a RST_STREAM or GOAWAY frame holds. */
        public String error() {
            int code = ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
            return ERRORS.get(code);
        }
    }

    /** Reads one frame; empty when the server has ended the connection. */
    public Optional<Frame> read() throws IOException {
        try {
            int length = (in.readUnsignedByte() << 16) | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt();
            byte[] payload = new byte[length];
            in.readFully(payload);
            return Optional.of(new Frame(type, flags, stream, payload));
        } catch (EOFException | SocketException | SSLException e) {
            return Optional.empty();
        }
    }

    /**
     * What became of a stream.
     *
     * @param what the status of a whole answer ({@code 0} for one that the static table does not
     *     have), or a frame's name and error, or {@code closed} or {@code silence}
     * @param body that of an answer
     * @param lastStream that of a GOAWAY frame
     */
    public record Outcome(String what, byte[] body, int lastStream) {
        /** The body as text. */
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /** Reads until the stream's answer is whole, or something says that there will be none. */
    public Outcome outcome(int stream) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int status = 0;
        try {
            for (int count = 0; count < FRAMES_MAX; count++) {
                Optional<Frame> came = read();
                if (came.isEmpty()) {
                    return new Outcome("closed", new byte[0], 0);
                }
                Frame frame = came.get();
                if (frame.type() == GOAWAY) {
                    return new Outcome(
                            "GOAWAY " + frame.error(),
                            new byte[0],
                            ByteBuffer.wrap(frame.payload()).getInt());
                }
                if (frame.stream() != stream || stream == 0) {
                    continue;
                }
                if (frame.type() == RST_STREAM) {
                    return new Outcome("RST_STREAM " + frame.error(), new byte[0], 0);
                }
                if (frame.type() == HEADERS) {
                    status = status(frame.payload());
                } else if (frame.type() == DATA) {
                    body.writeBytes(frame.payload());
                }
                boolean answer = frame.type() == HEADERS || frame.type() == DATA;
                if (answer && (frame.flags() & END_STREAM) != 0) {
                    return new Outcome(String.valueOf(status), body.toByteArray(), 0);
                }
            }
        } catch (SocketTimeoutException e) {
            return new Outcome("silence", body.toByteArray(), 0);
        }
        throw new IOException("frames without end");
    }

    /** How long it waits for a frame from now on. */
    public RawHttp2Client patience(int millis) throws IOException {
        socket.setSoTimeout(millis);
        return this;
    }

    /** Reads until that many RST_STREAM frames have come; whether they do. */
    public boolean resets(int many) throws IOException {
        int seen = 0;
        for (int count = 0; count < FRAMES_MAX && seen < many; count++) {
            Optional<Frame> frame = read();
            if (frame.isEmpty() || frame.get().type() == GOAWAY) {
                return false;
            }
            if (frame.get().type() == RST_STREAM) {
                seen++;
            }
        }
        return seen == many;
    }

    /** Reads away what comes, until the server ends the connection; whether it does. */
    public boolean ended() throws IOException {
        try {
            for (int count = 0; count < FRAMES_MAX; count++) {
                if (read().isEmpty()) {
                    return true;
                }
            }
        } catch (SocketTimeoutException e) {
            return false;
        }
        return false;
    }

    /** The status at a block's beginning: of the static table, or literal with its name from it. */
    private static int status(byte[] block) {
        List<Integer> known = List.of(200, 204, 206, 304, 400, 404, 500);
        int first = block[0] & 0xff;
        if (first >= 0x88 && first <= 0x8e) {
            return known.get(first - 0x88);
        }
        if (first == 0x48 && block[1] == 3) {
            return Integer.parseInt(new String(block, 2, 3, StandardCharsets.US_ASCII));
        }
        return 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
