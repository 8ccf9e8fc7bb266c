package dev.mapsovereign.auditlog;

/**
 * Something that was read from the log's files is not what was written: it is refused, and named.
 * To be recorded as a {@code SecurityViolation} by whoever meets it.
 */
public final class AuditIntegrityException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message which file or record, and what is wrong with it
     */
    public AuditIntegrityException(String message) {
        super(message);
    }

    /**
     * @param message which file or record, and what is wrong with it
     */
    public AuditIntegrityException(String message, Throwable cause) {
        super(message, cause);
    }
}
