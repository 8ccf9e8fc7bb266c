package dev.mapsovereign.database;

import java.sql.SQLException;
import java.util.Optional;

/**
 * The database refused: a wrong statement, a broken constraint, damaged data. Repeating the same
 * will fail again. {@link DatabaseUnavailableException} is what may pass by itself. No message of
 * either holds a password or an address with one.
 */
public class DatabaseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** SQL standard: a unique or primary key held the value already. */
    private static final String UNIQUE_VIOLATION = "23505";

    /** A refusal without a cause in the driver. */
    public DatabaseException(String message) {
        super(message);
    }

    /** A refusal with the driver's words as cause. */
    public DatabaseException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The five characters of SQLSTATE, if the driver named them. */
    public Optional<String> sqlState() {
        return getCause() instanceof SQLException cause
                ? Optional.ofNullable(cause.getSQLState())
                : Optional.empty();
    }

    /** Whether a row with the same unique or primary key was there already. */
    public boolean isDuplicate() {
        return sqlState().filter(UNIQUE_VIOLATION::equals).isPresent();
    }
}
