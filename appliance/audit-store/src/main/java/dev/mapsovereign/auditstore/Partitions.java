package dev.mapsovereign.auditstore;

import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseException;
import dev.mapsovereign.database.DatabaseUnavailableException;
import dev.mapsovereign.database.Dialect;
import java.sql.PreparedStatement;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes the monthly partitions of {@code audit_chain} before rows need them. A month that cannot be
 * made is no reason to stop: the default partition takes its rows. Used by one thread.
 */
final class Partitions {
    private static final System.Logger LOG = System.getLogger(Partitions.class.getName());

    private final Database database;

    /** Months that have their partition. */
    private final Set<YearMonth> made = new HashSet<>();

    /** Those of them behind which the months ahead have theirs too. */
    private final Set<YearMonth> covered = new HashSet<>();

    private Instant monthStart = Instant.MAX;
    private Instant monthEnd = Instant.MIN;

    Partitions(Database database) {
        this.database = database;
    }

    /** Whether those of the records' months and the ones ahead were made; H2 has no partitions. */
    boolean has(List<RecordColumns> records) {
        if (database.dialect() != Dialect.POSTGRESQL) {
            return true;
        }
        for (RecordColumns record : records) {
            if (!sameMonth(record.recordedAt()) && !covered.contains(month(record.recordedAt()))) {
                return false;
            }
        }
        return true;
    }

    /** Makes those of the records' months and of the ones behind each. */
    void make(List<RecordColumns> records) {
        if (has(records)) {
            return;
        }
        Set<YearMonth> months = new HashSet<>();
        records.forEach(record -> months.add(month(record.recordedAt())));
        for (YearMonth month : months) {
            for (int ahead = 0; ahead <= Limits.MONTHS_AHEAD; ahead++) {
                YearMonth wanted = month.plusMonths(ahead);
                if (made.add(wanted)) {
                    make(wanted);
                }
            }
            covered.add(month);
        }
    }

    /** Nearly every record is of the month of the one before it. */
    private boolean sameMonth(Instant time) {
        if (!time.isBefore(monthStart) && time.isBefore(monthEnd)) {
            return true;
        }
        YearMonth month = month(time);
        if (covered.contains(month)) {
            monthStart = start(month);
            monthEnd = start(month.plusMonths(1));
        }
        return false;
    }

    private static YearMonth month(Instant time) {
        return YearMonth.from(time.atOffset(ZoneOffset.UTC));
    }

    private static Instant start(YearMonth month) {
        return month.atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC);
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
            made.remove(month);
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
