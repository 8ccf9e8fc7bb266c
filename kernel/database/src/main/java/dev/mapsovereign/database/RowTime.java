package dev.mapsovereign.database;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Times in columns of the type {@code timestamp with time zone}, of which both products keep
 * microseconds.
 */
public final class RowTime {
    private RowTime() {}

    /** As both products keep it; what is finer must not differ between memory and row. */
    public static Instant kept(Instant time) {
        return time.truncatedTo(ChronoUnit.MICROS);
    }

    /** For {@code PreparedStatement.setObject}. */
    public static OffsetDateTime of(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }

    /** Sets a parameter, counted from 1; to NULL where there is no time. */
    public static void set(PreparedStatement statement, int parameter, Optional<Instant> time)
            throws SQLException {
        statement.setObject(parameter, time.map(RowTime::of).orElse(null));
    }

    /** What stands in that column, counted from 1. */
    public static Optional<Instant> read(ResultSet rows, int column) throws SQLException {
        @Nullable OffsetDateTime time = rows.getObject(column, OffsetDateTime.class);
        return Optional.ofNullable(time).map(OffsetDateTime::toInstant);
    }
}
