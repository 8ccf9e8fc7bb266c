package dev.mapsovereign.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Rows into H2 by batches of one prepared statement. */
final class BatchInsert implements BulkInsert {
    /** Rows held in memory before they are executed; more gains nothing measurable. */
    private static final int ROWS_MAX = 512;

    private final PreparedStatement statement;
    private final int columns;
    private int column;
    private int waiting;
    private long inserted;

    BatchInsert(Connection connection, String table, List<String> columns, OnDuplicate onDuplicate)
            throws SQLException {
        String sql =
                "INSERT INTO "
                        + table
                        + " ("
                        + BulkInsert.names(table, columns)
                        + ") VALUES ("
                        + String.join(", ", Collections.nCopies(columns.size(), "?"))
                        + ")"
                        + (onDuplicate == OnDuplicate.KEEP ? " ON CONFLICT DO NOTHING" : "");
        this.columns = columns.size();
        this.statement = connection.prepareStatement(sql);
    }

    @Override
    public BulkInsert text(String value) throws SQLException {
        statement.setString(++column, value);
        return this;
    }

    @Override
    public BulkInsert text(Optional<String> value) throws SQLException {
        if (value.isPresent()) {
            return text(value.get());
        }
        statement.setNull(++column, Types.VARCHAR);
        return this;
    }

    @Override
    public BulkInsert integer(long value) throws SQLException {
        statement.setLong(++column, value);
        return this;
    }

    @Override
    public BulkInsert bytes(byte[] value) throws SQLException {
        statement.setBytes(++column, value);
        return this;
    }

    @Override
    public BulkInsert time(Instant value) throws SQLException {
        statement.setObject(
                ++column, value.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC));
        return this;
    }

    @Override
    public void endRow() throws SQLException {
        if (column != columns) {
            throw new IllegalStateException(column + " values for " + columns + " columns");
        }
        column = 0;
        statement.addBatch();
        if (++waiting == ROWS_MAX) {
            execute();
        }
    }

    @Override
    public long finish() throws SQLException {
        execute();
        return inserted;
    }

    private void execute() throws SQLException {
        if (waiting > 0) {
            for (int count : statement.executeBatch()) {
                inserted += count;
            }
            waiting = 0;
        }
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
