package dev.mapsovereign.gateway.http1;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.HttpDate;
import dev.mapsovereign.gateway.http.RequestException;
import dev.mapsovereign.gateway.http.RequestHandler;
import dev.mapsovereign.gateway.listen.BodyBudget;
import dev.mapsovereign.gateway.listen.Connection;
import dev.mapsovereign.gateway.listen.Inlet;
import dev.mapsovereign.gateway.listen.Listener;
import dev.mapsovereign.gateway.listen.Phase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * HTTP/1.1 on a connection: one request after the other, each answered before the next is read.
 *
 * <p>The rule for reuse: a connection carries another request only if both sides want it and every
 * byte of this request has been read. Everything else ends with {@code Connection: close}, the
 * answer, and a lingering close.
 */
public final class Http1Session implements Listener.Session {
    private final RequestHandler handler;
    private final BodyBudget bodies;
    private final HttpDate date;

    /** Hands every request to {@code handler}. */
    public Http1Session(RequestHandler handler, BodyBudget bodies, HttpDate date) {
        this.handler = handler;
        this.bodies = bodies;
        this.date = date;
    }

    @Override
    public void serve(Connection connection) throws IOException {
        serve(connection, new Inlet(connection.transport()));
    }

    /** Serves a connection of which some bytes have been looked at already. */
    public void serve(Connection connection, Inlet inlet) throws IOException {
        boolean open = true;
        while (open) {
            inlet.rest();
            connection.enter(Phase.IDLE);
            open = awaitFirstByte(inlet) && exchange(connection, inlet);
        }
    }

    private static boolean awaitFirstByte(Inlet inlet) throws IOException {
        return inlet.available() > 0 || inlet.more();
    }

    private boolean exchange(Connection connection, Inlet inlet) throws IOException {
        long receivedNanos = System.nanoTime();
        connection.enter(Phase.HEAD);
        RequestHead head;
        try {
            Optional<RequestHead> read = readHead(connection, inlet);
            if (read.isEmpty()) {
                return false;
            }
            head = read.get();
        } catch (RequestException e) {
            refuse(connection, inlet, e, receivedNanos);
            return false;
        }
        connection.enter(Phase.HANDLING);
        try (BodyBudget.Share share = bodies.share()) {
            Http1Request request = new Http1Request(connection, inlet, head, share, receivedNanos);
            return answer(connection, head, request);
        }
    }

    private boolean answer(Connection connection, RequestHead head, Http1Request request)
            throws IOException {
        Answer answer = handler.handle(request);
        boolean reuse =
                head.persistent()
                        && !answer.close()
                        && !connection.finishing()
                        && (request.whole() || request.skippable());
        AnswerWriter.send(connection, answer, date.now(), !reuse, !head.method().equals("HEAD"));
        if (reuse && !request.whole()) {
            reuse = skipped(request);
        }
        if (!reuse) {
            connection.linger();
        }
        return reuse;
    }

    private static boolean skipped(Http1Request request) {
        try {
            request.skip();
            return true;
        } catch (RequestException e) {
            return false;
        }
    }

    /** Reads a head; empty when the peer left before it was complete. */
    private Optional<RequestHead> readHead(Connection connection, Inlet inlet)
            throws RequestException, IOException {
        int bytesMax = connection.limits().headBytesMax();
        skipEmptyLine(inlet);
        int scanned = 0;
        while (true) {
            int start = inlet.start();
            int end = HeadParser.end(inlet.buffer(), start, start + scanned, inlet.end());
            if (end >= 0 && end - start <= bytesMax) {
                RequestHead head =
                        HeadParser.parse(
                                inlet.buffer(), start, end, connection.limits().fieldsMax());
                inlet.use(end - start);
                return Optional.of(head);
            }
            if (inlet.available() > bytesMax) {
                throw new RequestException(
                        ErrorCode.HEADERS_TOO_LARGE,
                        "the request line and header fields are longer than "
                                + bytesMax
                                + " bytes");
            }
            scanned = inlet.available();
            if (!inlet.more()) {
                if (connection.overdue()) {
                    throw tooSlow(connection);
                }
                return Optional.empty();
            }
        }
    }

    /** One empty line before a request line is ignored (RFC 9112 §2.2); a second is not. */
    private static void skipEmptyLine(Inlet inlet) throws IOException {
        if (inlet.buffer()[inlet.start()] != '\r') {
            return;
        }
        if (inlet.available() < 2 && !inlet.more()) {
            return;
        }
        if (inlet.buffer()[inlet.start() + 1] == '\n') {
            inlet.use(2);
        }
    }

    private void refuse(
            Connection connection, Inlet inlet, RequestException problem, long receivedNanos)
            throws IOException {
        connection.enter(Phase.HANDLING);
        RequestLine line = RequestLine.guess(inlet.buffer(), inlet.start(), inlet.end());
        Answer answer =
                handler.refuse(
                        new RequestHandler.BrokenRequest(
                                connection.source(),
                                line.method(),
                                line.target(),
                                problem,
                                receivedNanos));
        boolean withBody = !line.method().equals(Optional.of("HEAD"));
        AnswerWriter.send(connection, answer, date.now(), true, withBody);
        connection.linger();
    }

    private static RequestException tooSlow(Connection connection) {
        return new RequestException(
                ErrorCode.REQUEST_TIMEOUT,
                "the head of the request did not arrive within "
                        + connection.limits().headTime().toSeconds()
                        + " s");
    }

    /** What of a broken head still tells a reader of the record what was attempted. */
    private record RequestLine(Optional<String> method, Optional<String> target) {
        private static final int PART_BYTES_MAX = 256;

        static RequestLine guess(byte[] bytes, int from, int to) {
            int end = from;
            while (end < to && bytes[end] != '\r' && bytes[end] != '\n') {
                end++;
            }
            String line = new String(bytes, from, end - from, StandardCharsets.US_ASCII);
            String[] parts = line.split(" ", 3);
            if (parts.length < 3 || !parts[2].startsWith("HTTP/")) {
                return new RequestLine(Optional.empty(), Optional.empty());
            }
            return new RequestLine(Optional.of(clip(parts[0])), Optional.of(clip(parts[1])));
        }

        private static String clip(String text) {
            return text.length() <= PART_BYTES_MAX ? text : text.substring(0, PART_BYTES_MAX);
        }
    }
}
