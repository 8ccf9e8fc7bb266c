package dev.mapsovereign.database;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Rows into PostgreSQL by COPY in its binary format (PostgreSQL manual, COPY, "Binary Format"):
 * nothing is parsed on the server's side, and a byte string travels as it is.
 *
 * <p>COPY knows no {@code ON CONFLICT}; where rows may be there already, it fills a temporary table
 * from which they are then inserted.
 */
final class CopyInsert implements BulkInsert {
    private static final byte[] SIGNATURE = {
        'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0
    };

    /** PostgreSQL counts from 2000-01-01T00:00:00Z. */
    private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");

    private static final String STAGE = "bulk_insert_stage";
    private static final int BUFFER_BYTES = 128 * 1024;
    private static final int NULL_LENGTH = -1;
    private static final short END = -1;

    private final Connection connection;
    private final CopyIn copy;
    private final int columns;

    /** Empty when COPY goes straight into the table. */
    private final Optional<String> insertFromStage;

    private ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private int column;

    CopyInsert(Connection connection, String table, List<String> columns, OnDuplicate onDuplicate)
            throws SQLException {
        String names = BulkInsert.names(table, columns);
        this.connection = connection;
        this.columns = columns.size();
        this.insertFromStage =
                onDuplicate == OnDuplicate.KEEP
                        ? Optional.of(stage(table, names))
                        : Optional.empty();
        this.copy =
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn(
                                "COPY "
                                        + (insertFromStage.isPresent() ? STAGE : table)
                                        + " ("
                                        + names
                                        + ") FROM STDIN (FORMAT binary)");
        buffer.put(SIGNATURE).putInt(0).putInt(0); // no flags, no header extension
    }

    private String stage(String table, String names) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS pg_temp." + STAGE);
            statement.execute(
                    "CREATE TEMPORARY TABLE "
                            + STAGE
                            + " ON COMMIT DROP AS SELECT "
                            + names
                            + " FROM "
                            + table
                            + " WITH NO DATA");
        }
        return "INSERT INTO "
                + table
                + " ("
                + names
                + ") SELECT "
                + names
                + " FROM pg_temp."
                + STAGE
                + " ON CONFLICT DO NOTHING";
    }

    @Override
    public BulkInsert text(String value) throws SQLException {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public BulkInsert text(Optional<String> value) throws SQLException {
        if (value.isPresent()) {
            return text(value.get());
        }
        room(Integer.BYTES).putInt(NULL_LENGTH);
        return this;
    }

    @Override
    public BulkInsert integer(long value) throws SQLException {
        room(Integer.BYTES + Long.BYTES).putInt(Long.BYTES).putLong(value);
        return this;
    }

    @Override
    public BulkInsert bytes(byte[] value) throws SQLException {
        room(Integer.BYTES + value.length).putInt(value.length).put(value);
        return this;
    }

    @Override
    public BulkInsert time(Instant value) throws SQLException {
        return integer(ChronoUnit.MICROS.between(EPOCH, value.truncatedTo(ChronoUnit.MICROS)));
    }

    @Override
    public void endRow() {
        if (column != columns) {
            throw new IllegalStateException(column + " values for " + columns + " columns");
        }
        column = 0;
    }

    @Override
    public long finish() throws SQLException {
        makeRoom(Short.BYTES);
        buffer.putShort(END);
        flush();
        long copied = copy.endCopy();
        if (insertFromStage.isEmpty()) {
            return copied;
        }
        try (Statement statement = connection.createStatement()) {
            return statement.executeLargeUpdate(insertFromStage.get());
        }
    }

    @Override
    public void close() throws SQLException {
        if (copy.isActive()) {
            copy.cancelCopy();
        }
    }

    /** Room for one value; the first of a row brings the row's head along. */
    private ByteBuffer room(int bytes) throws SQLException {
        makeRoom(bytes + Short.BYTES);
        return column++ == 0 ? buffer.putShort((short) columns) : buffer;
    }

    private void makeRoom(int bytes) throws SQLException {
        if (buffer.remaining() < bytes) {
            flush();
            if (buffer.capacity() < bytes) {
                buffer = ByteBuffer.allocate(bytes);
            }
        }
    }

    private void flush() throws SQLException {
        copy.writeToCopy(buffer.array(), 0, buffer.position());
        buffer.clear();
    }
}
