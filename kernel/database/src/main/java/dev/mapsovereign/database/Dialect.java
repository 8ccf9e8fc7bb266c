package dev.mapsovereign.database;

import java.sql.SQLException;
import java.util.Set;
import org.h2.api.ErrorCode;
import org.h2.mvstore.MVStoreException;

/** Which database it is, and everything in which the two differ for this module. */
public enum Dialect {
    /** PostgreSQL 15 to 18. */
    POSTGRESQL("PostgreSQL") {
        @Override
        boolean isUnavailable(SQLException failure) {
            String state = state(failure);
            return POSTGRES_CLASSES_AWAY.contains(head(state))
                    || POSTGRES_STATES_AWAY.contains(state);
        }

        @Override
        boolean isSerializationFailure(SQLException failure) {
            return POSTGRES_STATES_AGAIN.contains(state(failure));
        }
    },

    /** The embedded H2, in PostgreSQL mode. */
    H2("H2") {
        @Override
        boolean isUnavailable(SQLException failure) {
            return H2_CODES_AWAY.contains(failure.getErrorCode())
                    || head(state(failure)).equals("08")
                    || Faults.causedBy(failure, MVStoreException.class);
        }

        @Override
        boolean isSerializationFailure(SQLException failure) {
            return H2_CODES_AGAIN.contains(failure.getErrorCode());
        }
    };

    /** Connection lost or refused; refused login; no such database; out of space; system error. */
    private static final Set<String> POSTGRES_CLASSES_AWAY =
            Set.of("08", "28", "3D", "53", "57", "58");

    /** A standby answered where the primary was (25006); a lock was not had in time (55P03). */
    private static final Set<String> POSTGRES_STATES_AWAY = Set.of("25006", "55P03");

    /** Serialization failure, deadlock. */
    private static final Set<String> POSTGRES_STATES_AGAIN = Set.of("40001", "40P01");

    private static final Set<Integer> H2_CODES_AWAY =
            Set.of(
                    ErrorCode.DATABASE_ALREADY_OPEN_1,
                    ErrorCode.DATABASE_IS_CLOSED,
                    ErrorCode.DATABASE_CALLED_AT_SHUTDOWN,
                    ErrorCode.DATABASE_IS_IN_EXCLUSIVE_MODE,
                    ErrorCode.IO_EXCEPTION_1,
                    ErrorCode.IO_EXCEPTION_2,
                    ErrorCode.LOCK_TIMEOUT_1,
                    ErrorCode.STATEMENT_WAS_CANCELED,
                    ErrorCode.OUT_OF_MEMORY);

    private static final Set<Integer> H2_CODES_AGAIN =
            Set.of(ErrorCode.DEADLOCK_1, ErrorCode.CONCURRENT_UPDATE_1);

    private final String product;

    Dialect(String product) {
        this.product = product;
    }

    /** Whether waiting may help where repeating at once does not. */
    abstract boolean isUnavailable(SQLException failure);

    /** Whether the transaction was undone only because of others at the same moment. */
    abstract boolean isSerializationFailure(SQLException failure);

    /** The product's name, for people. */
    @Override
    public String toString() {
        return product;
    }

    private static String state(SQLException failure) {
        String state = failure.getSQLState();
        return state == null ? "" : state;
    }

    private static String head(String state) {
        return state.length() < 2 ? "" : state.substring(0, 2);
    }
}
