package dev.mapsovereign.gateway.http;

import java.util.Optional;

/** What stands behind a listener. Called by many threads at once; may block. */
public interface RequestHandler {
    /**
     * Answers one well-formed request.
     *
     * <p>Never throws: whatever goes wrong is an answer. Should it throw all the same, that is
     * logged and the connection is cut.
     */
    Answer handle(Request request);

    /**
     * Answers what never became a request: a head that breaks the grammar or a limit, or that did
     * not arrive in time. The connection closes after it.
     */
    Answer refuse(BrokenRequest broken);

    /**
     * The remains of a request whose head could not be read.
     *
     * @param source the peer's address without port
     * @param method the method, when the request line could be read
     * @param target the request target, when the request line could be read
     * @param problem what is wrong
     * @param receivedNanos {@link System#nanoTime()} when the first byte was read
     */
    record BrokenRequest(
            String source,
            Optional<String> method,
            Optional<String> target,
            RequestException problem,
            long receivedNanos) {}
}
