package dev.mapsovereign.gateway.http1;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.gateway.http.Fields;
import dev.mapsovereign.gateway.http.Request;
import dev.mapsovereign.gateway.http.RequestException;
import dev.mapsovereign.gateway.listen.BodyBudget;
import dev.mapsovereign.gateway.listen.Connection;
import dev.mapsovereign.gateway.listen.Inlet;
import dev.mapsovereign.gateway.listen.Phase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;

/** One HTTP/1 request on its connection. */
final class Http1Request implements Request {
    private static final byte[] CONTINUE =
            "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Connection connection;
    private final Inlet inlet;
    private final RequestHead head;
    private final BodyBudget.Share share;
    private final long receivedNanos;
    private final BodyReader body;
    private boolean bodyAsked;

    Http1Request(
            Connection connection,
            Inlet inlet,
            RequestHead head,
            BodyBudget.Share share,
            long receivedNanos) {
        this.connection = connection;
        this.inlet = inlet;
        this.head = head;
        this.share = share;
        this.receivedNanos = receivedNanos;
        this.body = new BodyReader(inlet, head.framing());
    }

    @Override
    public String method() {
        return head.method();
    }

    @Override
    public String target() {
        return head.target();
    }

    @Override
    public String authority() {
        return head.authority();
    }

    @Override
    public Fields fields() {
        return head.fields();
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
        return head.framing() instanceof BodyFraming.Length(long length) ? length : -1;
    }

    /** HTTP/1.0 has no chunks (RFC 9112 §7.1). */
    @Override
    public boolean takesParts() {
        return head.minorVersion() == 1;
    }

    @Override
    public byte[] body(int bytesMax) throws RequestException {
        if (bodyAsked) {
            throw new IllegalStateException("the body was read already");
        }
        bodyAsked = true;
        connection.enter(Phase.BODY);
        try {
            if (waitsForContinue() && announcedLength() <= bytesMax) {
                connection.write(CONTINUE, 0, CONTINUE.length);
            }
            return body.read(bytesMax, share);
        } catch (RequestException e) {
            throw connection.overdue() ? tooSlow() : e;
        } catch (IOException e) {
            throw connection.overdue()
                    ? tooSlow()
                    : RequestException.malformed("the connection broke within the request body");
        } finally {
            connection.enter(Phase.HANDLING);
        }
    }

    /** Whether the next byte on the connection belongs to the next request. */
    boolean whole() {
        return body.whole();
    }

    /**
     * Whether a body that nobody asked for is small and on its way, so that taking it costs less
     * than a new connection.
     */
    boolean skippable() {
        long length = announcedLength();
        return !bodyAsked && length >= 0 && length <= SKIP_BYTES_MAX && !waitsForContinue();
    }

    /** Takes and drops a body that nobody asked for. */
    void skip() throws RequestException {
        body(SKIP_BYTES_MAX);
    }

    private static final int SKIP_BYTES_MAX = 64 * 1024;

    private boolean waitsForContinue() {
        return head.minorVersion() == 1
                && !body.whole()
                && inlet.available() == 0
                && head.fields().hasToken("expect", "100-continue");
    }

    private RequestException tooSlow() {
        return new RequestException(
                ErrorCode.REQUEST_TIMEOUT,
                "the request body did not arrive within "
                        + connection.limits().bodyTime().toSeconds()
                        + " s");
    }
}
