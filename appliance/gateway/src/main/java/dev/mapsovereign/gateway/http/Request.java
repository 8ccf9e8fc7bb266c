package dev.mapsovereign.gateway.http;

import dev.mapsovereign.engine.request.EngineResponse;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * One request, whatever version of HTTP carries it. Used by the one thread that handles it.
 *
 * <p>The head is complete and well formed; the body is read on demand, so that a request which is
 * refused by its head never costs its body.
 */
public interface Request {
    /** The longest body that anybody may send: a message of 5 MiB and 64 KiB around it. */
    int BODY_BYTES_MAX = (5 << 20) + (64 << 10);

    /** The method as sent; methods are case-sensitive. */
    String method();

    /** The request target as sent: path and query. */
    String target();

    /** The authority that the client addressed, as sent: {@code Host} or {@code :authority}. */
    String authority();

    /** The header fields. */
    Fields fields();

    /** The peer's address without port. */
    String source();

    /** Whether TLS protects the connection. */
    boolean secure();

    /** The client's certificate chain, leaf first; empty when it showed none. */
    List<X509Certificate> clientCertificates();

    /** {@link System#nanoTime()} when the first byte of the request was read. */
    long receivedNanos();

    /** The length the client announced; −1 when it announced none, 0 when there is no body. */
    long announcedLength();

    /**
     * Reads the whole body. May be called once.
     *
     * @param bytesMax the longest body that is accepted
     * @throws RequestException {@code message_too_large}, {@code request_timeout}, {@code
     *     rate_limited} when too much memory is in use by bodies already, or {@code
     *     malformed_request}; the connection closes after the answer
     */
    byte[] body(int bytesMax) throws RequestException;

    /** Whether its answer can be sent in parts. */
    boolean takesParts();

    /** What the engine decided of it; whoever forwards it needs more of that than the answer. */
    default void decided(EngineResponse response) {}

    /** The path: the target up to the query. */
    default String path() {
        int query = target().indexOf('?');
        return query < 0 ? target() : target().substring(0, query);
    }
}
