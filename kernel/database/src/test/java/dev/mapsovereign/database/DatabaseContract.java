package dev.mapsovereign.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What holds for every product behind the door. */
abstract class DatabaseContract {
    private static final List<String> COLUMNS = List.of("id", "name", "body", "number", "moment");

    private Database database;

    /** An empty database, by configuration with that many connections. */
    abstract DatabaseConfig freshDatabase(int poolSize);

    @BeforeEach
    void open() {
        database = Database.open(freshDatabase(4));
        execute(
                "CREATE TABLE item (id bigint PRIMARY KEY, name text, body bytea NOT NULL,"
                        + " number bigint NOT NULL, moment timestamp with time zone NOT NULL)");
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void write_committed_isReadBack() {
        database.write(c -> insert(c, 1, "one"));
        database.durably(c -> insert(c, 2, "two"));
        assertThat(names()).containsExactly("one", "two");
    }

    @Test
    void write_workThrows_isRolledBack() {
        assertThatThrownBy(() ->
                        database.write(c -> {
                            insert(c, 1, "one");
                            throw new IllegalStateException("changed my mind");
                        }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(names()).isEmpty();
    }

    @Test
    void write_sameKeyTwice_isNamedDuplicateWithoutItsValues() {
        database.write(c -> insert(c, 77123, "one"));
        assertThatThrownBy(() -> database.write(c -> insert(c, 77123, "very private")))
                .isInstanceOfSatisfying(
                        DatabaseException.class, e -> assertThat(e.isDuplicate()).isTrue())
                .isNotInstanceOf(DatabaseUnavailableException.class)
                .hasMessageNotContaining("77123")
                .hasMessageNotContaining("very private");
    }

    @Test
    void write_wrongValue_isNotQuoted() {
        assertThatThrownBy(() -> execute("SELECT CAST('very private' AS integer)"))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("[SQLSTATE 22")
                .hasMessageNotContaining("private");
    }

    @Test
    void write_wrongStatement_isFaultyNotUnavailable() {
        assertThatThrownBy(() -> execute("SELECT * FROM nowhere"))
                .isInstanceOf(DatabaseException.class)
                .isNotInstanceOf(DatabaseUnavailableException.class)
                .hasMessageContaining("nowhere");
    }

    @Test
    void write_undoneTwiceByOthers_isRepeated() {
        AtomicInteger attempts = new AtomicInteger();
        int attempt =
                database.write(c -> {
                    insert(c, attempts.incrementAndGet(), "attempt");
                    if (attempts.get() < 3) {
                        throw undone();
                    }
                    return attempts.get();
                });
        assertThat(attempt).isEqualTo(3);
        assertThat(names()).containsExactly("attempt");
    }

    @Test
    void write_undoneEachTime_endsAsUnavailable() {
        AtomicInteger attempts = new AtomicInteger();
        assertThatThrownBy(() ->
                        database.write(c -> {
                            attempts.incrementAndGet();
                            throw undone();
                        }))
                .isInstanceOf(DatabaseUnavailableException.class);
        assertThat(attempts.get()).isEqualTo(Limits.ATTEMPTS_MAX);
    }

    @Test
    void write_realConflicts_allIncrementsArrive() throws InterruptedException {
        database.write(c -> insert(c, 1, "counter"));
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                for (int n = 0; n < 10; n++) {
                                    database.write(c -> increment(c));
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(number(1)).isEqualTo(80);
    }

    @Test
    void read_allConnectionsInUse_isUnavailableInBoundedTime() {
        try (Database small = Database.open(freshDatabase(1))) {
            assertThatThrownBy(() -> small.read(c -> small.read(d -> 1)))
                    .isInstanceOf(DatabaseUnavailableException.class);
            assertThat(small.<Integer>read(c -> 1)).isEqualTo(1);
        }
    }

    @Test
    void anyCall_closed_isUnavailable() {
        database.close();
        assertThatThrownBy(() -> database.read(c -> 1))
                .isInstanceOf(DatabaseUnavailableException.class);
        assertThatThrownBy(() -> database.durably(c -> 1))
                .isInstanceOf(DatabaseUnavailableException.class);
        assertThat(database.healthy(Duration.ofSeconds(1))).isFalse();
    }

    @Test
    void healthy_open_isTrue() {
        assertThat(database.healthy(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void bulkInsert_rowsOfEveryType_areReadBack() {
        Instant moment = Instant.parse("2026-11-23T17:54:00.123456Z");
        byte[] large = new byte[300_000];
        large[299_999] = 1;
        long inserted =
                database.write(c -> {
                    try (BulkInsert bulk =
                            database.bulkInsert(c, "item", COLUMNS, OnDuplicate.FAIL)) {
                        for (int id = 0; id < 2000; id++) {
                            bulk.integer(id)
                                    .text(
                                            id % 2 == 0
                                                    ? Optional.of("größe " + id + " \\ \t")
                                                    : Optional.empty())
                                    .bytes(id == 1999 ? large : new byte[] {0, -1, 10})
                                    .integer(-id)
                                    .time(moment.minusSeconds(id).plusNanos(999))
                                    .endRow();
                        }
                        return bulk.finish();
                    }
                });
        assertThat(inserted).isEqualTo(2000);
        assertThat(names()).hasSize(2000).contains("größe 1998 \\ \t").containsNull();
        database.read(c -> {
            try (PreparedStatement statement =
                            c.prepareStatement("SELECT * FROM item WHERE id = 1999");
                    ResultSet row = statement.executeQuery()) {
                row.next();
                assertThat(row.getBytes("body")).isEqualTo(large);
                assertThat(row.getLong("number")).isEqualTo(-1999);
                assertThat(row.getObject("moment", OffsetDateTime.class).toInstant())
                        .isEqualTo(moment.minusSeconds(1999));
                return true;
            }
        });
    }

    @Test
    void bulkInsert_rowIsThere_failsOrKeepsItAsAsked() {
        database.write(c -> insert(c, 1, "first"));
        assertThatThrownBy(() -> bulk(OnDuplicate.FAIL, 1, 2))
                .isInstanceOfSatisfying(
                        DatabaseException.class, e -> assertThat(e.isDuplicate()).isTrue());
        assertThat(names()).containsExactly("first");
        assertThat(bulk(OnDuplicate.KEEP, 1, 2)).isEqualTo(1);
        assertThat(names()).containsExactly("first", "bulk");
    }

    @Test
    void bulkInsert_wrongNumberOfValues_isRefusedAndNothingInserted() {
        assertThatThrownBy(() ->
                        database.write(c -> {
                            try (BulkInsert bulk =
                                    database.bulkInsert(c, "item", COLUMNS, OnDuplicate.FAIL)) {
                                bulk.integer(1).endRow();
                                return bulk.finish();
                            }
                        }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(names()).isEmpty();
        database.write(c -> insert(c, 1, "the connection still works"));
    }

    @Test
    void bulkInsert_namesFromOutside_areRefused() {
        assertThatThrownBy(() ->
                        database.write(c ->
                                database.bulkInsert(
                                        c, "item; DROP TABLE item", COLUMNS, OnDuplicate.FAIL)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    Database database() {
        return database;
    }

    int execute(String sql) {
        return database.write(c -> {
            try (Statement statement = c.createStatement()) {
                statement.execute(sql);
                return statement.getUpdateCount();
            }
        });
    }

    private long bulk(OnDuplicate onDuplicate, long... ids) {
        return database.write(c -> {
            try (BulkInsert bulk = database.bulkInsert(c, "item", COLUMNS, onDuplicate)) {
                for (long id : ids) {
                    bulk.integer(id)
                            .text("bulk")
                            .bytes(new byte[0])
                            .integer(0)
                            .time(Instant.EPOCH)
                            .endRow();
                }
                return bulk.finish();
            }
        });
    }

    private static SQLException undone() {
        return new SQLException("could not serialize access", "40001", 40001);
    }

    private static int insert(Connection connection, long id, String name) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO item VALUES (?, ?, ?, 0, current_timestamp)")) {
            statement.setLong(1, id);
            statement.setString(2, name);
            statement.setBytes(3, name.getBytes(StandardCharsets.UTF_8));
            return statement.executeUpdate();
        }
    }

    private static int increment(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("UPDATE item SET number = number + 1 WHERE id = 1")) {
            return statement.executeUpdate();
        }
    }

    private long number(long id) {
        return database.read(c -> {
            try (PreparedStatement statement =
                    c.prepareStatement("SELECT number FROM item WHERE id = ?")) {
                statement.setLong(1, id);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    return row.getLong(1);
                }
            }
        });
    }

    List<String> names() {
        return database.read(c -> {
            List<String> names = new ArrayList<>();
            try (Statement statement = c.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT name FROM item ORDER BY id")) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
            return names;
        });
    }
}
