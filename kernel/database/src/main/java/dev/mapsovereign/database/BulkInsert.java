package dev.mapsovereign.database;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Rows on their way into one table. For each row the values in the order of the columns, then
 * {@link #endRow}; at the end {@link #finish}, without which nothing is inserted. Closing without
 * finishing gives up; the transaction can then only be rolled back. Used by one thread.
 */
public sealed interface BulkInsert extends AutoCloseable permits CopyInsert, BatchInsert {
    /** A value of a text column; characters U+0000 are refused by PostgreSQL. */
    BulkInsert text(String value) throws SQLException;

    /** A value of a text column, or NULL. */
    BulkInsert text(Optional<String> value) throws SQLException;

    /** A value of a bigint column. */
    BulkInsert integer(long value) throws SQLException;

    /** A value of a bytea column. */
    BulkInsert bytes(byte[] value) throws SQLException;

    /** A value of a timestamp with time zone column; microseconds, what is finer is cut off. */
    BulkInsert time(Instant value) throws SQLException;

    /**
     * Ends the row.
     *
     * @throws IllegalStateException if it has more or fewer values than columns
     */
    void endRow() throws SQLException;

    /**
     * Sends what was not sent yet.
     *
     * @return how many rows are in the table because of this insert
     */
    long finish() throws SQLException;

    @Override
    void close() throws SQLException;

    /** The names, joined for a statement. */
    static String names(String table, List<String> columns) {
        Pattern name = Pattern.compile("[a-z][a-z0-9_]*");
        if (!name.matcher(table).matches()
                || columns.isEmpty()
                || !columns.stream().allMatch(column -> name.matcher(column).matches())) {
            throw new IllegalArgumentException("not names of this schema: " + table + columns);
        }
        return String.join(", ", columns);
    }
}
