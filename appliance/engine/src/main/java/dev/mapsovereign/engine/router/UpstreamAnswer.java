package dev.mapsovereign.engine.router;

import java.time.Duration;
import java.util.Optional;

/**
 * What a remote process answered.
 *
 * @param status HTTP status, 200 to 599
 * @param retryAfter the header {@code Retry-After} as sent
 * @param body the content, whole
 * @param reusable whether the connection may carry another request
 * @param stream in the place of the content: server-sent events that are still to be read
 */
public record UpstreamAnswer(
        int status,
        Optional<String> retryAfter,
        byte[] body,
        boolean reusable,
        Optional<UpstreamStream> stream) {
    /** Eleven days are enough to wait. */
    private static final int RETRY_AFTER_DIGITS_MAX = 6;

    /** That header where it is a number of seconds; a date is passed over. */
    public Optional<Duration> retryAfterTime() {
        return retryAfter
                .filter(text -> text.length() <= RETRY_AFTER_DIGITS_MAX)
                .filter(text -> !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9'))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    }
}
