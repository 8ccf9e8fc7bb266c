package dev.mapsovereign.auditstore;

import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseException;
import dev.mapsovereign.database.DatabaseUnavailableException;
import dev.mapsovereign.database.Dialect;
import java.sql.PreparedStatement;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Set;

/**
 * Makes the monthly partitions of {@code audit_chain} before rows need them. A month that cannot be
 * made is no reason to stop: the default partition takes its rows. Used by one thread.
 */
final class Partitions {
    private static final System.Logger LOG = System.getLogger(Partitions.class.getName());

    private final Database database;
    private final Set<YearMonth> seen = new HashSet<>();

    Partitions(Database database) {
        this.database = database;
    }

    /** Makes those of the given months and of the ones behind each. */
    void make(Set<YearMonth> months) {
        if (database.dialect() != Dialect.POSTGRESQL) {
            return; // H2 has no partitions
        }
        for (YearMonth month : months) {
            for (int ahead = 0; ahead <= Limits.MONTHS_AHEAD; ahead++) {
                YearMonth wanted = month.plusMonths(ahead);
                if (seen.add(wanted)) {
                    make(wanted);
                }
            }
        }
    }

    private void make(YearMonth month) {
        try {
            boolean _ =
                    database.write(connection -> {
                        try (PreparedStatement call =
                                connection.prepareStatement("SELECT audit_chain_month(?)")) {
                            call.setObject(
                                    1, month.atDay(1).atStartOfDay().atOffset(ZoneOffset.UTC));
                            return call.execute();
                        }
                    });
        } catch (DatabaseUnavailableException e) {
            seen.remove(month);
            throw e;
        } catch (DatabaseException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "no partition for {0}; its records go to the default partition: {1}",
                    month,
                    e.getMessage());
        }
    }
}
