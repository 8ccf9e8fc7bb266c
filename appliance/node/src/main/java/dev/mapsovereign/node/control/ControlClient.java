package dev.mapsovereign.node.control;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Sends administrative verbs to the node that runs on this host. One connection a call; any thread.
 */
public final class ControlClient {
    private static final JsonReader.Limits ANSWERS =
            new JsonReader.Limits(64, Limits.ANSWER_BYTES_MAX);
    private static final int HEAD_LINES_MAX = 50;
    private static final int HEAD_LINE_BYTES_MAX = 8 * 1024;

    private final Path socket;
    private final Duration timeout;

    /**
     * A client of that socket.
     *
     * @param timeout how long one verb may take altogether
     */
    public ControlClient(Path socket, Duration timeout) {
        this.socket = socket;
        this.timeout = timeout;
    }

    /**
     * Whether a node listens there.
     *
     * @throws OperatorException with exit code 3 when the socket is there and may not be used
     */
    public boolean nodeListens() {
        if (!java.nio.file.Files.exists(socket)) {
            return false;
        }
        try (SocketChannel channel = connect()) {
            return channel.isConnected();
        } catch (IOException e) {
            if (denied(e)) {
                throw unreachable(e);
            }
            return false;
        }
    }

    /**
     * Has the node do a verb.
     *
     * @param progress takes what the node says on the way
     * @return the verb's facts
     * @throws OperatorException with the node's exit code, message and hint; or with exit code 3
     *     when no node can be reached, or with exit code 1 when it does not answer in time
     */
    public JsonObject call(String verb, JsonObject arguments, Consumer<JsonObject> progress) {
        try (SocketChannel channel = connect()) {
            Thread alarm = Thread.ofVirtual().start(() -> closeLater(channel));
            try {
                send(channel, verb, arguments);
                return read(new BufferedInputStream(Channels.newInputStream(channel)), progress);
            } catch (ClosedChannelException e) {
                throw new OperatorException(
                        ExitCode.FAILED,
                        "the node did not finish " + verb + " within " + timeout.toSeconds() + " s",
                        e);
            } finally {
                alarm.interrupt();
            }
        } catch (IOException e) {
            throw unreachable(e);
        } catch (JsonException e) {
            throw new OperatorException(
                    ExitCode.FAILED, "the node's answer to " + verb + " cannot be read", e);
        }
    }

    /** The same without anybody who listens on the way. */
    public JsonObject call(String verb, JsonObject arguments) {
        return call(verb, arguments, progress -> {});
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try (SocketPath path = SocketPath.of(socket)) {
            channel.connect(path.address());
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void closeLater(SocketChannel channel) {
        try {
            Thread.sleep(timeout);
            channel.close();
        } catch (InterruptedException e) {
            // The verb has ended in time.
        } catch (IOException e) {
            // It is closed then.
        }
    }

    private static void send(SocketChannel channel, String verb, JsonObject arguments)
            throws IOException {
        byte[] body = CanonicalJson.encode(arguments);
        String head =
                "POST /v1/admin/"
                        + verb
                        + " HTTP/1.1\r\nHost: node\r\nAccept: application/x-ndjson\r\n"
                        + "Content-Type: application/json\r\nConnection: close\r\nContent-Length: "
                        + body.length
                        + "\r\n\r\n";
        ByteBuffer all = ByteBuffer.allocate(head.length() + body.length);
        all.put(head.getBytes(StandardCharsets.US_ASCII)).put(body).flip();
        while (all.hasRemaining()) {
            channel.write(all);
        }
    }

    private static JsonObject read(InputStream in, Consumer<JsonObject> progress)
            throws IOException {
        String status = line(in, HEAD_LINE_BYTES_MAX);
        boolean chunked = false;
        int length = 0;
        for (int lines = 0; ; lines++) {
            String field = line(in, HEAD_LINE_BYTES_MAX).toLowerCase(Locale.ROOT);
            if (field.isEmpty()) {
                break;
            }
            if (lines == HEAD_LINES_MAX) {
                throw new IOException("the answer's head is too long");
            }
            chunked |= field.equals("transfer-encoding: chunked");
            if (field.startsWith("content-length: ")) {
                length = Integer.parseInt(field.substring("content-length: ".length()).strip());
            }
        }
        if (chunked) {
            return lines(new ChunkedLines(in), progress);
        }
        JsonObject body = JsonReader.parseObject(in.readNBytes(length), ANSWERS);
        if (!status.startsWith("HTTP/1.1 200 ")) {
            throw failure(body);
        }
        return body;
    }

    private static JsonObject lines(ChunkedLines lines, Consumer<JsonObject> progress)
            throws IOException {
        while (true) {
            JsonObject line =
                    JsonReader.parseObject(lines.next().getBytes(StandardCharsets.UTF_8), ANSWERS);
            Optional<JsonObject> result = line.object("result");
            if (result.isPresent()) {
                return result.get();
            }
            line.object("problem")
                    .ifPresent(problem -> {
                        throw failure(problem);
                    });
            line.object("progress").ifPresent(progress);
        }
    }

    private static OperatorException failure(JsonObject problem) {
        long number = problem.integer("exit").orElse(ExitCode.FAILED.number());
        ExitCode exit = ExitCode.FAILED;
        for (ExitCode each : ExitCode.values()) {
            if (each.number() == number && each != ExitCode.DONE) {
                exit = each;
            }
        }
        String message = problem.text("message").orElse("the node refused without saying why");
        ExitCode known = exit;
        return problem.text("hint")
                .map(hint -> new OperatorException(known, message, hint))
                .orElseGet(() -> new OperatorException(known, message));
    }

    private OperatorException unreachable(IOException e) {
        if (denied(e)) {
            return new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the control socket " + socket + " may not be used by this user",
                    "run as root, as the node's user, or as a member of its operators' group");
        }
        return new OperatorException(
                ExitCode.ENVIRONMENT,
                "no node answers on the control socket " + socket + ": " + e.getMessage(),
                e);
    }

    private static boolean denied(IOException e) {
        return String.valueOf(e.getMessage()).contains("Permission denied");
    }

    private static String line(InputStream in, int bytesMax) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int value = in.read(); value != '\n'; value = in.read()) {
            if (value < 0) {
                throw new EOFException("the node ended the connection");
            }
            if (line.size() == bytesMax) {
                throw new IOException("a line of the answer is too long");
            }
            if (value != '\r') {
                line.write(value);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** The lines of a chunked body, whatever chunks they were cut into. */
    private static final class ChunkedLines {
        private final InputStream in;
        private long left;

        ChunkedLines(InputStream in) {
            this.in = in;
        }

        String next() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (true) {
                if (left == 0) {
                    left = Long.parseLong(line(in, HEAD_LINE_BYTES_MAX), 16);
                    if (left == 0) {
                        throw new EOFException("the answer ended without a result");
                    }
                }
                int value = in.read();
                if (value < 0) {
                    throw new EOFException("the node ended the connection");
                }
                if (--left == 0) {
                    in.skipNBytes(2);
                }
                if (value == '\n') {
                    return line.toString(StandardCharsets.UTF_8);
                }
                if (line.size() == Limits.LINE_BYTES_MAX) {
                    throw new IOException("a line of the answer is too long");
                }
                line.write(value);
            }
        }
    }
}
