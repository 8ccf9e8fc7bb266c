package dev.mapsovereign.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class TestPostgresTest {
    @Test
    void freshDatabase_twice_areEmptyAndApart() throws SQLException {
        TestDatabase one = TestPostgres.shared().freshDatabase();
        TestDatabase other = TestPostgres.shared().freshDatabase();

        try (Connection connection = one.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE seen (id int)");
        }

        assertThat(tables(one)).isEqualTo(1);
        assertThat(tables(other)).isZero();
    }

    @Test
    void connect_wrongPassword_isRefused() {
        TestDatabase database = TestPostgres.shared().freshDatabase();
        TestDatabase stranger =
                new TestDatabase(
                        database.host(), database.port(), database.name(), "postgres", "guess");

        assertThatThrownBy(stranger::connect).isInstanceOf(SQLException.class);
    }

    @Test
    void haltAndRestart_keepPortAndData() throws SQLException {
        try (TestPostgres server = TestPostgres.start()) {
            TestDatabase database = server.freshDatabase();
            try (Connection connection = database.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE kept (id int)");
            }

            server.halt();
            assertThatThrownBy(database::connect).isInstanceOf(SQLException.class);

            server.restart();
            assertThat(tables(database)).isEqualTo(1);
        }
    }

    private static int tables(TestDatabase database) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
