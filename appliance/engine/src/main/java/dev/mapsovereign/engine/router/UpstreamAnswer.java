package dev.mapsovereign.engine.router;

import java.util.Optional;

/**
 * What a remote process answered.
 *
 * @param status HTTP status, 200 to 599
 * @param contentType media type in lower case without parameters; empty when none was sent
 * @param retryAfter the header {@code Retry-After} as sent
 * @param body the content, whole
 * @param reusable whether the connection may carry another request
 */
record UpstreamAnswer(
        int status,
        String contentType,
        Optional<String> retryAfter,
        byte[] body,
        boolean reusable) {}
