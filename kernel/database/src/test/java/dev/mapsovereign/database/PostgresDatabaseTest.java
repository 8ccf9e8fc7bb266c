package dev.mapsovereign.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.testing.TestDatabase;
import dev.mapsovereign.testing.TestPostgres;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;

class PostgresDatabaseTest extends DatabaseContract {
    @Override
    DatabaseConfig freshDatabase(int poolSize) {
        return config(TestPostgres.shared().freshDatabase(), poolSize);
    }

    private static DatabaseConfig config(TestDatabase place, int poolSize) {
        return new DatabaseConfig(place.url(), Optional.empty(), Optional.empty(), poolSize);
    }

    @Test
    void read_workWrites_isRefused() {
        assertThatThrownBy(
                        () -> database().read(c -> c.createStatement().execute("DELETE FROM item")))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("read-only");
        execute("DELETE FROM item"); // the next user of the connection may write
    }

    @Test
    void session_serverDefaultsToAsynchronousCommit_commitsAreSynced() throws Exception {
        TestDatabase place = TestPostgres.shared().freshDatabase();
        try (var connection = place.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER DATABASE " + place.name() + " SET synchronous_commit = 'off'");
        }
        try (Database raised = Database.open(config(place, 1))) {
            assertThat(setting(raised, "synchronous_commit")).isEqualTo("on");
        }
        try (var connection = place.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "ALTER DATABASE " + place.name() + " SET synchronous_commit = 'remote_apply'");
        }
        try (Database kept = Database.open(config(place, 1))) {
            assertThat(setting(kept, "synchronous_commit")).isEqualTo("remote_apply");
        }
    }

    @Test
    void anyCall_serverStopsAndComesBack_isUnavailableThenWorks() {
        try (TestPostgres server = TestPostgres.start();
                Database database = Database.open(config(server.freshDatabase(), 4))) {
            assertThat(one(database)).isEqualTo(1);
            server.halt();
            assertThatThrownBy(() -> one(database))
                    .isInstanceOf(DatabaseUnavailableException.class);
            assertThat(database.healthy(Duration.ofSeconds(10))).isFalse();
            server.restart();
            assertThat(database.healthy(Duration.ofSeconds(10))).isTrue();
            assertThat(one(database)).isEqualTo(1);
        }
    }

    @Test
    void open_serverNotThereYet_worksOnceItIs() {
        try (TestPostgres server = TestPostgres.start()) {
            TestDatabase place = server.freshDatabase();
            server.halt();
            try (Database database = Database.open(config(place, 2))) {
                assertThatThrownBy(() -> one(database))
                        .isInstanceOf(DatabaseUnavailableException.class);
                server.restart();
                assertThat(one(database)).isEqualTo(1);
            }
        }
    }

    @Test
    void healthy_serverDoesNotAnswer_isFalseInTime() throws Exception {
        try (TestPostgres server = TestPostgres.start();
                Database database = Database.open(config(server.freshDatabase(), 1))) {
            long process =
                    database.read(c -> {
                        try (Statement statement = c.createStatement();
                                ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
                            row.next();
                            return row.getLong(1);
                        }
                    });
            signal("STOP", process);
            try {
                assertThat(database.healthy(Duration.ofMillis(200))).isFalse();
            } finally {
                signal("CONT", process);
            }
            assertThat(database.healthy(Duration.ofSeconds(10))).isTrue();
        }
    }

    @Test
    void anyCall_passwordWrong_itStandsInNoMessageAndNoLog() {
        TestDatabase place = TestPostgres.shared().freshDatabase();
        String wrong = "hunter2-quite-unmistakable";
        Secret password = Secret.copyOf(wrong.getBytes(StandardCharsets.UTF_8));
        DatabaseConfig config =
                new DatabaseConfig(
                        place.jdbcUrl(), Optional.of(place.user()), Optional.of(password), 1);
        LogCapture log = new LogCapture();
        Logger root = Logger.getLogger("");
        Level level = root.getLevel();
        root.setLevel(Level.ALL);
        root.addHandler(log);
        try (Database database = Database.open(config)) {
            assertThatThrownBy(() -> one(database))
                    .isInstanceOf(DatabaseUnavailableException.class)
                    .hasMessageContaining("password authentication failed")
                    .satisfies(e -> {
                        StringWriter trace = new StringWriter();
                        e.printStackTrace(new PrintWriter(trace));
                        assertThat(trace.toString()).doesNotContain(wrong);
                    });
        } finally {
            root.removeHandler(log);
            root.setLevel(level);
        }
        assertThat(String.join("", log.lines)).contains("map-database").doesNotContain(wrong);
    }

    @Test
    void parameters_ofOurList_existInTheDriver() {
        assertThat(DatabaseAddressReader.PARAMETERS.values())
                .allMatch(DataSources::isDriverProperty);
    }

    private static int one(Database database) {
        return database.read(c -> {
            try (Statement statement = c.createStatement();
                    ResultSet row = statement.executeQuery("SELECT 1")) {
                row.next();
                return row.getInt(1);
            }
        });
    }

    private static String setting(Database database, String name) {
        return database.read(c -> {
            try (Statement statement = c.createStatement();
                    ResultSet row = statement.executeQuery("SHOW " + name)) {
                row.next();
                return row.getString(1);
            }
        });
    }

    private static void signal(String name, long process) throws Exception {
        int exit =
                new ProcessBuilder("kill", "-" + name, String.valueOf(process)).start().waitFor();
        assertThat(exit).isZero();
    }

    /** Everything that anybody logs, formatted. */
    private static final class LogCapture extends Handler {
        private final Queue<String> lines = new ConcurrentLinkedQueue<>();
        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public void publish(LogRecord record) {
            lines.add(formatter.format(record));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
