package dev.mapsovereign.auditstore;

import static dev.mapsovereign.auditstore.LogUnderTest.ACME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.database.DatabaseUnavailableException;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.testing.TestDatabase;
import dev.mapsovereign.testing.TestPostgres;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PostgresAuditStoreTest extends AuditStoreContract {
    private final TestDatabase place = TestPostgres.shared().freshDatabase();

    @Override
    DatabaseConfig freshDatabase() {
        return DatabaseConfig.of(place.url());
    }

    @Test
    void projection_recordsOfTwoMonths_lieInTheirPartitions() {
        log().append(ACME, 5); // the second of them begins April
        awaitCaughtUp();
        assertThat(
                        texts(
                                "SELECT DISTINCT tableoid::regclass FROM audit_chain"
                                        + " WHERE tenant_id = 'acme' ORDER BY 1"))
                .containsExactly("audit_chain_2026_03", "audit_chain_2026_04");
        assertThat(texts("SELECT to_regclass('audit_chain_2026_06')")).doesNotContainNull();
    }

    @Test
    void projection_serverStopsAndComesBack_missesNothing() throws Exception {
        try (TestPostgres server = TestPostgres.start();
                Database database =
                        Database.open(DatabaseConfig.of(server.freshDatabase().url()))) {
            new Migrator(database).apply((migration, number, total) -> {});
            try (AuditProjection following = new AuditProjection(log().log(), database)) {
                following.start();
                log().append(ACME, 5);
                await(() -> following.healthy() && following.lag().records() == 0);
                server.halt();
                log().append(ACME, 700); // nobody waits for the database
                await(() -> !following.healthy());
                assertThat(following.lag().records()).isPositive();
                AuditIndex away = new AuditIndex(database, log().log());
                assertThatThrownBy(() -> away.query(AuditQuery.builder(ACME).build()))
                        .isInstanceOf(DatabaseUnavailableException.class);
                server.restart();
                await(() -> following.healthy() && following.lag().records() == 0);
                assertThat(away.verify((done, total) -> {})).isEmpty();
                assertThat(away.query(AuditQuery.builder(ACME).limit(1000).build()).rows())
                        .hasSize(705);
            }
        }
    }

    @Test
    void projection_schemaNotThereYet_beginsOnceItIs() throws Exception {
        DatabaseConfig empty = DatabaseConfig.of(TestPostgres.shared().freshDatabase().url());
        try (Database database = Database.open(empty);
                AuditProjection early = new AuditProjection(log().log(), database)) {
            early.start();
            log().append(ACME, 3);
            await(() -> early.trouble().filter(t -> t.contains("audit_projection")).isPresent());
            new Migrator(database).apply((migration, number, total) -> {});
            await(() -> early.healthy() && early.lag().records() == 0);
        }
    }

    @Test
    void servingLogin_withInsertAndSelectAlone_projectsButMayNotRebuild() throws Exception {
        String role = "serving_" + place.name();
        execute("CREATE ROLE " + role + " LOGIN PASSWORD 'serving' IN ROLE map_engine");
        awaitCaughtUp();
        projection().close();
        String url =
                "postgres://"
                        + role
                        + ":serving@"
                        + place.host()
                        + ":"
                        + place.port()
                        + "/"
                        + place.name();
        try (Database serving = Database.open(DatabaseConfig.of(url))) {
            log().append(ACME, 3);
            projectAll(serving);
            execute("DELETE FROM audit_projection"); // so that rows come a second time
            projectAll(serving);
            try (AuditProjection serves = new AuditProjection(log().log(), serving)) {
                serves.start();
                await(() -> serves.healthy());
                assertThatThrownBy(() -> serves.rebuild((done, total) -> {}))
                        .isInstanceOf(OperatorException.class)
                        .hasMessageContaining("may not remove rows");
                assertThat(serves.healthy()).isTrue();
            }
        }
        assertThat(index().verify((done, total) -> {})).isEmpty();
        assertThat(query(q -> q).rows()).hasSize(3);
    }

    private void projectAll(Database serving) {
        try (AuditProjection once = new AuditProjection(log().log(), serving)) {
            once.start();
            await(() -> once.healthy() && once.lag().records() == 0);
        }
    }

    private List<String> texts(String sql) {
        return database()
                .read(c -> {
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
