package dev.mapsovereign.auditlog.record;

/** Bytes that claim to be a record and are not one. */
public final class RecordException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message the rule that the bytes break
     */
    public RecordException(String message) {
        super(message);
    }

    /**
     * @param message the rule that the bytes break
     */
    public RecordException(String message, Throwable cause) {
        super(message, cause);
    }
}
