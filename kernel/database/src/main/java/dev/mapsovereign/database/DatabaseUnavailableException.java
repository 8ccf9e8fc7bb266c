package dev.mapsovereign.database;

/**
 * The database could not be asked, or not in time: server away or stopped, disk full, all
 * connections in use. The same call can succeed later. Unless the message says that the outcome of
 * the commit is unknown, nothing was changed.
 */
public final class DatabaseUnavailableException extends DatabaseException {
    private static final long serialVersionUID = 1L;

    /** An outage without a cause in the driver. */
    public DatabaseUnavailableException(String message) {
        super(message);
    }

    /** An outage with the driver's words as cause. */
    public DatabaseUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
