package dev.mapsovereign.engine.router;

import java.util.Optional;

/**
 * What a remote process answered.
 *
 * @param status HTTP status, 200 to 599
 * @param retryAfter the header {@code Retry-After} as sent
 * @param body the content, whole
 * @param reusable whether the connection may carry another request
 */
public record UpstreamAnswer(
        int status, Optional<String> retryAfter, byte[] body, boolean reusable) {}
