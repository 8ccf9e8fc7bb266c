package dev.mapsovereign.gateway.http2;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.gateway.http.Fields;
import dev.mapsovereign.gateway.http.Grammar;
import dev.mapsovereign.gateway.http.Request;
import dev.mapsovereign.gateway.http.RequestException;
import dev.mapsovereign.gateway.listen.BodyBudget;
import dev.mapsovereign.gateway.listen.BodyBuffer;
import dev.mapsovereign.gateway.listen.Connection;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.RoutingRequest;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** One HTTP/2 request on its stream. Used by the stream's thread. */
final class StreamRequest implements Request {
    /** RFC 9113 §6.5.2: what a field counts beside its name and value. */
    private static final int FIELD_OVERHEAD = 32;

    /** Helidon refuses {@code connection} and {@code transfer-encoding} by itself. */
    private static final Set<String> OF_THE_CONNECTION =
            Set.of("keep-alive", "proxy-connection", "upgrade");

    private static final int PART_BYTES = 8 * 1024;

    /** Somewhat more than the largest body that is accepted. */
    private static final long DISCARD_BYTES_MAX = 16L << 20;

    private final Connection connection;
    private final RoutingRequest request;
    private final BodyBudget.Share share;
    private final ScheduledExecutorService clock;
    private final Fields fields;
    private final long receivedNanos = System.nanoTime();
    private @Nullable InputStream input;
    private boolean bodyWhole;
    private boolean bodyBroken;

    StreamRequest(
            Connection connection,
            RoutingRequest request,
            BodyBudget.Share share,
            ScheduledExecutorService clock) {
        this.connection = connection;
        this.request = request;
        this.share = share;
        this.clock = clock;
        this.fields = fieldsOf(request);
        this.bodyWhole = !request.content().hasEntity();
    }

    /** What is wrong with the head by the rules that HTTP/1.1 requests meet as well. */
    Optional<RequestException> check() {
        if (fields.size() > connection.limits().fieldsMax()) {
            return Optional.of(
                    StreamRouting.headTooLarge(
                            "more than " + connection.limits().fieldsMax() + " header fields"));
        }
        long bytes = target().length();
        for (Fields.Field field : fields.all()) {
            bytes += field.name().length() + field.value().length() + FIELD_OVERHEAD;
        }
        if (bytes > connection.limits().headBytesMax()) {
            return Optional.of(
                    StreamRouting.headTooLarge(
                            "the header fields are longer than "
                                    + connection.limits().headBytesMax()
                                    + " bytes"));
        }
        try {
            checkHead();
            announced();
            return Optional.empty();
        } catch (RequestException e) {
            return Optional.of(e);
        }
    }

    /** RFC 9113 §8.2.2 and §8.3.1, as far as Helidon leaves it to us. */
    private void checkHead() throws RequestException {
        Grammar.requireToken(method(), "the method");
        Grammar.requireVisible(target(), "the request target");
        Grammar.requireAuthority(authority());
        if (request.prologue().fragment().hasValue()) {
            throw RequestException.malformed("the request target holds a fragment");
        }
        if (!target().startsWith("/") && !(target().equals("*") && method().equals("OPTIONS"))) {
            throw RequestException.malformed("the request target is no path");
        }
        for (Fields.Field field : fields.all()) {
            if (OF_THE_CONNECTION.contains(field.name())) {
                throw RequestException.malformed(
                        "the header field " + field.name() + " does not exist in HTTP/2");
            }
        }
    }

    @Override
    public String method() {
        return request.prologue().method().text();
    }

    @Override
    public String target() {
        String path = request.prologue().uriPath().rawPath();
        String query = request.prologue().query().rawValue();
        return query.isEmpty() ? path : path + "?" + query;
    }

    @Override
    public String authority() {
        return request.authority();
    }

    @Override
    public Fields fields() {
        return fields;
    }

    @Override
    public String source() {
        return connection.source();
    }

    @Override
    public boolean secure() {
        return connection.transport().secure();
    }

    @Override
    public List<X509Certificate> clientCertificates() {
        return connection.transport().clientCertificates();
    }

    @Override
    public long receivedNanos() {
        return receivedNanos;
    }

    @Override
    public long announcedLength() {
        try {
            return bodyWhole ? 0 : announced();
        } catch (RequestException e) {
            return -1;
        }
    }

    private long announced() throws RequestException {
        Optional<String> length = fields.only("content-length");
        if (length.isEmpty()) {
            return -1;
        }
        String text = length.get();
        if (text.isEmpty()
                || text.length() > 9
                || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw RequestException.malformed("content-length is not one decimal number");
        }
        return Long.parseLong(text);
    }

    @Override
    public boolean takesParts() {
        return true;
    }

    @Override
    public byte[] body(int bytesMax) throws RequestException {
        if (bodyWhole) {
            return new byte[0];
        }
        if (announcedLength() > bytesMax) {
            throw BodyBuffer.tooLarge(bytesMax);
        }
        try (StreamTime time = new StreamTime(clock, connection.limits().bodyTime())) {
            byte[] body = readAll(bytesMax);
            if (time.over()) {
                bodyBroken = true;
                throw tooSlow();
            }
            long announced = announced();
            if (announced >= 0 && announced != body.length) {
                throw RequestException.malformed(
                        "the request body ended before its announced length");
            }
            bodyWhole = true;
            return body;
        }
    }

    private byte[] readAll(int bytesMax) throws RequestException {
        BodyBuffer body = new BodyBuffer(share, bytesMax, announcedLength());
        byte[] part = new byte[PART_BYTES];
        for (int got = read(part); got >= 0; got = read(part)) {
            int copied = 0;
            while (copied < got) {
                int room = body.room((long) got - copied);
                System.arraycopy(part, copied, body.array(), body.length(), room);
                body.added(room);
                copied += room;
            }
        }
        return body.toByteArray();
    }

    /** Entity streams can be asked for once only, so this request keeps the one it got. */
    private int read(byte[] into) throws RequestException {
        try {
            InputStream in = input;
            if (in == null) {
                in = request.content().inputStream();
                input = in;
            }
            return in.read(into);
        } catch (IOException | RuntimeException e) {
            bodyBroken = true;
            throw RequestException.malformed("the stream broke within the request body");
        }
    }

    /**
     * Settles a body that was not read whole, after the answer has been sent. A client may finish
     * sending a moderate one, since some read no answer before they have; the rest of anything else
     * is to be refused with RST_STREAM and NO_ERROR (RFC 9113 §8.1), and the connection lives on.
     *
     * <p>Helidon would read all of it after the handler, however long that takes.
     *
     * @return whether nothing of it is left
     */
    boolean settleBody() {
        return bodyWhole || discarded();
    }

    private boolean discarded() {
        if (bodyBroken) {
            return false;
        }
        byte[] part = new byte[PART_BYTES];
        long left = DISCARD_BYTES_MAX;
        try (StreamTime time = new StreamTime(clock, connection.limits().lingerTime())) {
            for (int got = read(part); got >= 0; got = read(part)) {
                left -= got;
                if (left < 0) {
                    // Makes the next read the last one.
                    Thread.currentThread().interrupt();
                }
            }
            return left >= 0 && !time.over();
        } catch (RequestException e) {
            return false;
        }
    }

    private RequestException tooSlow() {
        return new RequestException(
                ErrorCode.REQUEST_TIMEOUT,
                "the request body did not arrive within "
                        + connection.limits().bodyTime().toSeconds()
                        + " s");
    }

    private static Fields fieldsOf(RoutingRequest request) {
        Fields.Builder fields = Fields.builder();
        for (Header header : request.headers()) {
            if (header.headerName().equals(HeaderNames.HOST)) {
                continue;
            }
            for (String value : header.allValues()) {
                fields.add(header.headerName().lowerCase(), value.strip());
            }
        }
        return fields.build();
    }
}
