package dev.mapsovereign.gateway.http;

import dev.mapsovereign.base.error.ErrorCode;

/**
 * What is wrong with a request as HTTP: an expected answer, so it carries no stack trace.
 *
 * <p>Thrown while a head or a body is read; becomes a problem answer at the one place that catches.
 */
public final class RequestException extends Exception {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    /** A refusal with a code whose status is the answer's, and a text for people. */
    public RequestException(ErrorCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /** A {@code malformed_request}. */
    public static RequestException malformed(String message) {
        return new RequestException(ErrorCode.MALFORMED_REQUEST, message);
    }

    /** What kind of refusal. */
    public ErrorCode code() {
        return code;
    }

    /** What is wrong, for people; never null. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
