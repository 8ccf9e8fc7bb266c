package dev.mapsovereign.auditlog.bundle;

/** A file of a bundle that is not as its format demands. */
public final class BundleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message which file, and the rule that it breaks
     */
    public BundleException(String message) {
        super(message);
    }

    /**
     * @param message which file, and the rule that it breaks
     */
    public BundleException(String message, Throwable cause) {
        super(message, cause);
    }
}
