package dev.mapsovereign.database;

import java.sql.SQLException;
import java.util.regex.Pattern;

/** Turns what drivers throw into the two exceptions of this module, with texts fit for a log. */
final class Faults {
    /** More causes than any driver chains; ends the walk should a chain bite its tail. */
    private static final int CAUSES_MAX = 20;

    /** H2 puts the statement behind its message; it is in the cause for whoever needs it. */
    private static final Pattern H2_STATEMENT =
            Pattern.compile("; SQL statement:.*", Pattern.DOTALL);

    /** SQLSTATE class 23, broken constraint: H2 shows the row behind the constraint's columns. */
    private static final Pattern ROW = Pattern.compile(" \\(.*", Pattern.DOTALL);

    /** SQLSTATE class 22, wrong value: both products quote it. */
    private static final Pattern QUOTED_VALUE = Pattern.compile(":? *[\"'].*", Pattern.DOTALL);

    private Faults() {}

    static DatabaseException of(Dialect dialect, String where, SQLException failure) {
        String message = where + ": " + text(failure);
        return dialect.isUnavailable(failure)
                ? new DatabaseUnavailableException(message, failure)
                : new DatabaseException(message, failure);
    }

    /** The driver's words in one line, without values, which have no place in a log. */
    static String text(Throwable failure) {
        String state = failure instanceof SQLException sql ? sql.getSQLState() : null;
        String message = failure.getMessage() == null ? "" : failure.getMessage();
        message = H2_STATEMENT.matcher(message).replaceFirst("");
        if (state != null && state.startsWith("23")) {
            message = ROW.matcher(message).replaceFirst("");
        } else if (state != null && state.startsWith("22")) {
            message = QUOTED_VALUE.matcher(message).replaceFirst("");
        }
        message = message.replaceAll("\\s+", " ").strip();
        return (message.isEmpty() ? failure.getClass().getSimpleName() : message)
                + (state == null ? "" : " [SQLSTATE " + state + "]");
    }

    static boolean causedBy(Throwable failure, Class<? extends Throwable> type) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
            if (type.isInstance(cause)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
