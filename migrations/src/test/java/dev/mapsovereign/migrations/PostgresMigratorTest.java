package dev.mapsovereign.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.testing.TestDatabase;
import dev.mapsovereign.testing.TestPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The runner on PostgreSQL, and what only PostgreSQL has: partitions and rights. */
class PostgresMigratorTest extends MigratorContract {
    private static final String ROW =
            "INSERT INTO %s (node, tenant_id, idx, recorded_at, event_type, outcome, record_hash,"
                    + " record) VALUES ('n', 't', %d, '%s', 'Error', 'error', sha256('x'), 'x')";

    /** Kind and identity of each index over correlation ids. */
    private static final String CORRELATION_INDEXES =
            "SELECT method.amname || ' ' || idx.oid FROM pg_index"
                    + " JOIN pg_class AS idx ON idx.oid = indexrelid"
                    + " JOIN pg_am AS method ON method.oid = idx.relam"
                    + " WHERE indrelid = 'audit_chain'::regclass"
                    + " AND pg_get_indexdef(indexrelid) LIKE '%(correlation_id)'";

    private TestDatabase place;

    @Override
    DatabaseConfig freshDatabase() {
        return DatabaseConfig.of(place.url());
    }

    @BeforeEach
    @Override
    void open() {
        place = TestPostgres.shared().freshDatabase();
        super.open();
    }

    @Override
    int runnersAtOnce() {
        return 4;
    }

    @Test
    void auditChain_fresh_hasThisMonthTheNextTwoAndADefault() {
        apply();
        YearMonth month = YearMonth.now(ZoneOffset.UTC);
        assertThat(texts("SELECT inhrelid::regclass FROM pg_inherits ORDER BY 1"))
                .contains(
                        partition(month),
                        partition(month.plusMonths(1)),
                        partition(month.plusMonths(2)),
                        "audit_chain_default");
    }

    @Test
    void auditChainCorrelation_filesRunAgain_isOneHashIndexAndTheSame() throws Exception {
        apply();
        List<String> before = texts(CORRELATION_INDEXES);
        assertThat(before).hasSize(1).allMatch(index -> index.startsWith("hash "));
        for (String file : List.of("0002_audit_chain.sql", "0010_audit_chain_correlation.sql")) {
            execute(Files.readString(Path.of(file)));
            assertThat(texts(CORRELATION_INDEXES)).as(file).isEqualTo(before);
        }
    }

    @Test
    void auditChain_rowsOfManyMonths_goToTheirPartition() {
        apply();
        execute("SELECT audit_chain_month('2031-12-15T00:00:00Z')");
        execute(ROW.formatted("audit_chain", 0, "2031-12-01T00:00:00Z"));
        execute(ROW.formatted("audit_chain", 1, "2031-12-31T23:59:59.999999Z"));
        execute(ROW.formatted("audit_chain", 2, "2032-01-01T00:00:00Z"));
        assertThat(texts("SELECT tableoid::regclass FROM audit_chain ORDER BY idx"))
                .containsExactly(
                        "audit_chain_2031_12", "audit_chain_2031_12", "audit_chain_default");
    }

    @Test
    void auditChainMonth_rowsCameBeforeTheirMonth_moveIn() {
        apply();
        execute(ROW.formatted("audit_chain", 7, "2031-12-05T00:00:00Z"));
        execute(ROW.formatted("audit_chain", 8, "2032-12-05T00:00:00Z"));
        assertThat(texts("SELECT audit_chain_month('2031-12-31T23:00:00-05:00')"))
                .as("a month is one of UTC: this is January there")
                .containsExactly("t");
        assertThat(texts("SELECT audit_chain_month('2031-12-31T23:00:00+05:00')"))
                .containsExactly("t");
        assertThat(texts("SELECT audit_chain_month('2031-12-02T00:00:00Z')")).containsExactly("f");
        assertThat(texts("SELECT tableoid::regclass FROM audit_chain ORDER BY idx"))
                .containsExactly("audit_chain_2031_12", "audit_chain_default");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1999-12-31T00:00:00Z", "9999-01-01T00:00:00Z", "-infinity"})
    void auditChainMonth_nonsensicalDate_makesNoPartition(String moment) {
        apply();
        assertThat(texts("SELECT audit_chain_month('" + moment + "')")).containsExactly("f");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE audit_chain SET outcome = 'success'",
                "UPDATE audit_chain SET outcome = 'success' WHERE idx = 0",
                "DELETE FROM audit_chain",
                "TRUNCATE audit_chain",
                "DROP TABLE audit_chain",
                "ALTER TABLE audit_chain DROP COLUMN code",
                "UPDATE audit_chain_default SET outcome = 'success'",
                "DELETE FROM audit_chain_default",
                "INSERT INTO audit_chain SELECT * FROM audit_chain"
                        + " ON CONFLICT (node, tenant_id, idx, recorded_at)"
                        + " DO UPDATE SET outcome = 'success'",
                "MERGE INTO audit_chain a USING (SELECT 1) b ON true WHEN MATCHED THEN DELETE",
                "DELETE FROM schema_history",
                "CREATE TABLE mine (id integer)"
            })
    void servingRole_anythingButInsertAndSelect_isRefusedByTheServer(String sql) throws Exception {
        apply();
        execute(ROW.formatted("audit_chain", 0, "2020-01-01T00:00:00Z"));
        try (Connection serving = servingRole();
                Statement statement = serving.createStatement()) {
            assertThatThrownBy(() -> statement.execute(sql))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getSQLState()).isEqualTo("42501"));
        }
        assertThat(texts("SELECT outcome FROM audit_chain")).containsExactly("error");
    }

    @Test
    void servingRole_whatANodeDoes_isAllowed() throws Exception {
        apply();
        try (Connection serving = servingRole();
                Statement statement = serving.createStatement()) {
            for (String sql :
                    List.of(
                            "SELECT audit_chain_month('2030-01-01T00:00:00Z')",
                            ROW.formatted("audit_chain", 0, "2030-01-02T00:00:00Z"),
                            "SELECT * FROM audit_chain",
                            "INSERT INTO audit_projection (node, state) VALUES ('n', 'following')",
                            "UPDATE audit_projection SET position = 'p'",
                            "CREATE TEMPORARY TABLE stage AS SELECT * FROM audit_chain",
                            "SELECT * FROM schema_history",
                            "INSERT INTO tenant (id, status) VALUES ('t', 'active')",
                            "UPDATE tenant SET status = 'suspended'")) {
                statement.execute(sql);
            }
        }
    }

    @Test
    void roles_ownerMayNotCreateRoles_stillMigratesAndSaysSo() throws Exception {
        try (TestPostgres server = TestPostgres.start()) {
            TestDatabase alone = server.freshDatabase();
            try (Connection connection = alone.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE ROLE plain LOGIN PASSWORD 'plain'");
                statement.execute("ALTER DATABASE " + alone.name() + " OWNER TO plain");
            }
            DatabaseConfig config =
                    DatabaseConfig.of(
                            "postgres://plain:plain@"
                                    + alone.host()
                                    + ":"
                                    + alone.port()
                                    + "/"
                                    + alone.name());
            try (var database = dev.mapsovereign.database.Database.open(config)) {
                Migrator migrator = new Migrator(database);
                assertThat(migrator.apply((migration, number, total) -> {}).isCurrent()).isTrue();
            }
        }
    }

    private void apply() {
        migrator().apply((migration, number, total) -> {});
    }

    private static String partition(YearMonth month) {
        return "audit_chain_%04d_%02d".formatted(month.getYear(), month.getMonthValue());
    }

    @Test
    void auditorRole_readsTheIndexAndItsViewsAndNothingElse() throws Exception {
        apply();
        try (Connection auditor = role("map_auditor");
                Statement statement = auditor.createStatement()) {
            for (String table :
                    List.of("audit_chain", "audit_chain_check", "audit_chain_verdict")) {
                statement.execute("SELECT * FROM " + table);
            }
            for (String sql :
                    List.of(
                            ROW.formatted("audit_chain", 0, "2030-01-02T00:00:00Z"),
                            "SELECT audit_chain_month('2030-01-01T00:00:00Z')",
                            "SELECT * FROM api_key",
                            "UPDATE audit_projection SET position = 'p'")) {
                assertThatThrownBy(() -> statement.execute(sql))
                        .as(sql)
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("42501"));
            }
        }
    }

    private Connection servingRole() throws SQLException {
        return role("map_engine");
    }

    private Connection role(String name) throws SQLException {
        Connection connection = place.connect();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE " + name);
        }
        return connection;
    }

    private List<String> texts(String sql) {
        return database()
                .write(c -> {
                    List<String> texts = new ArrayList<>();
                    try (Statement statement = c.createStatement();
                            ResultSet rows = statement.executeQuery(sql)) {
                        while (rows.next()) {
                            texts.add(rows.getString(1));
                        }
                    }
                    return texts;
                });
    }
}
