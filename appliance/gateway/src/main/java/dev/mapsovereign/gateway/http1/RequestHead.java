package dev.mapsovereign.gateway.http1;

import dev.mapsovereign.gateway.http.Fields;

/**
 * The head of one HTTP/1 request, checked.
 *
 * @param method a token
 * @param target path and query, as sent; an absolute form is reduced to them
 * @param authority from {@code Host}, or from an absolute form, which wins (RFC 9112 §3.2.2); empty
 *     only in HTTP/1.0 without {@code Host}
 * @param minorVersion 1, or 0 for HTTP/1.0
 * @param fields the header fields
 * @param framing how the body is delimited
 */
public record RequestHead(
        String method,
        String target,
        String authority,
        int minorVersion,
        Fields fields,
        BodyFraming framing) {

    /** Whether the connection may carry another request after this one (RFC 9112 §9.3). */
    public boolean persistent() {
        return minorVersion == 1 && !fields.hasToken("connection", "close");
    }
}
