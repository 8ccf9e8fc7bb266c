package dev.mapsovereign.base.audit;

import java.time.Duration;

/** No record can be made durable now; whatever needed one must be refused. */
public final class AuditUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    /**
     * @param message why, for the operator
     * @param retryAfter when another try makes sense
     */
    public AuditUnavailableException(String message, Duration retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    /**
     * @param message why, for the operator
     * @param retryAfter when another try makes sense
     * @param cause what failed
     */
    public AuditUnavailableException(String message, Duration retryAfter, Throwable cause) {
        super(message, cause);
        this.retryAfter = retryAfter;
    }

    /** When another try makes sense. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
