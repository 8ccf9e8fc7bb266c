package dev.mapsovereign.auditstore;

import static dev.mapsovereign.auditstore.LogUnderTest.ACME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.crypto.Hex;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PostgresAuditStoreTest extends AuditStoreContract {
    private final TestDatabase place = TestPostgres.shared().freshDatabase();

    @Override
    DatabaseConfig freshDatabase() {
        return DatabaseConfig.of(place.url());
    }

    @Test
    void projection_recordsOfTwoMonths_lieInTheirPartitions() {
        log.append(ACME, 5); // the second of them begins April
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
            try (AuditProjection following = new AuditProjection(log.log(), database)) {
                following.start();
                log.append(ACME, 5);
                await(() -> following.healthy() && following.lag().records() == 0);
                server.halt();
                log.append(ACME, 700); // nobody waits for the database
                await(() -> !following.healthy());
                assertThat(following.lag().records()).isPositive();
                AuditIndex away = new AuditIndex(database, log.log());
                assertThatThrownBy(() -> away.query(AuditQuery.builder(ACME).build()))
                        .isInstanceOf(DatabaseUnavailableException.class);
                server.restart();
                await(() -> following.healthy() && following.lag().records() == 0);
                assertThat(
                                new DatabaseVerification(database, log.log(), following)
                                        .run((done, total) -> {})
                                        .findings())
                        .isEmpty();
                assertThat(away.query(AuditQuery.builder(ACME).limit(1000).build()).rows())
                        .hasSize(705);
            }
        }
    }

    @Test
    void projection_schemaNotThereYet_beginsOnceItIs() throws Exception {
        DatabaseConfig empty = DatabaseConfig.of(TestPostgres.shared().freshDatabase().url());
        try (Database database = Database.open(empty);
                AuditProjection early = new AuditProjection(log.log(), database)) {
            early.start();
            log.append(ACME, 3);
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
        projection.close();
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
            log.append(ACME, 3);
            projectAll(serving);
            execute("DELETE FROM audit_projection"); // so that rows come a second time
            projectAll(serving);
            try (AuditProjection serves = new AuditProjection(log.log(), serving)) {
                serves.start();
                await(() -> serves.healthy());
                assertThatThrownBy(() -> serves.rebuild((done, total) -> {}))
                        .isInstanceOf(OperatorException.class)
                        .hasMessageContaining("may not remove rows");
                assertThat(serves.healthy()).isTrue();
            }
        }
        try (AuditProjection owner = new AuditProjection(log.log(), database)) {
            owner.start();
            assertThat(
                            new DatabaseVerification(database, log.log(), owner)
                                    .run((done, total) -> {})
                                    .findings())
                    .isEmpty();
        }
        assertThat(query(q -> q).rows()).hasSize(3);
    }

    @Test
    void chainViews_asTheLog_findNothingAndEndWithItsHash() {
        log.append(ACME, 30);
        awaitCaughtUp();
        assertThat(texts("SELECT finding FROM audit_chain_check WHERE finding IS NOT NULL"))
                .isEmpty();
        assertThat(texts("SELECT count(*) FROM audit_chain_verdict")).containsExactly("2");
        assertThat(
                        texts(
                                "SELECT last_idx || ' ' || last_record_hash FROM"
                                        + " audit_chain_verdict WHERE tenant_id = 'acme'"
                                        + " AND first_bad_idx IS NULL AND finding IS NULL"))
                .containsExactly("29 " + Hex.encode(log.log().recordHash(ACME, 29)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "UPDATE audit_chain SET record = 'x' WHERE ROW | 5 | not SHA-256",
                "UPDATE audit_chain SET record_hash = sha256('x') WHERE ROW | 5 | not SHA-256",
                "UPDATE audit_chain SET caller_did = 'did:x' WHERE ROW | 5 | column",
                "UPDATE audit_chain SET code = NULL WHERE tenant_id = 'acme' AND idx = 9"
                        + " | 9 | column",
                "DELETE FROM audit_chain WHERE ROW | 5 | missing up to index 5",
                "DELETE FROM audit_chain WHERE tenant_id = 'acme' AND idx < 3"
                        + " | 0 | missing up to index 2",
                "INSERT INTO audit_chain (node, tenant_id, idx, recorded_at, event_type, outcome,"
                        + " record_hash, record) SELECT node, tenant_id, idx, recorded_at +"
                        + " INTERVAL '1 day', event_type, outcome, record_hash, record FROM"
                        + " audit_chain WHERE ROW | 5 | two rows"
            })
    void chainViews_rowChangedByHand_nameTheFirstBadIndex(String sql, long bad, String finding) {
        log.append(ACME, 9);
        log.append(ACME, "MIM", "message_send", AuditOutcome.REFUSED);
        awaitCaughtUp();
        execute(sql.replace("ROW", "tenant_id = 'acme' AND idx = 5"));
        assertThat(
                        texts(
                                "SELECT first_bad_idx || ' ' || finding FROM audit_chain_verdict"
                                        + " WHERE tenant_id = 'acme'"))
                .singleElement()
                .asString()
                .startsWith(bad + " ")
                .contains(finding);
        assertThat(
                        texts(
                                "SELECT finding FROM audit_chain_verdict WHERE tenant_id <> 'acme'"
                                        + " AND finding IS NOT NULL"))
                .isEmpty();
    }

    @Test
    void projection_databaseDroppedAndBack_fillsItAndItsMonths() throws Exception {
        try (TestPostgres server = TestPostgres.start()) {
            TestDatabase own = server.freshDatabase();
            try (Database database = Database.open(DatabaseConfig.of(own.url()));
                    AuditProjection following = new AuditProjection(log.log(), database)) {
                new Migrator(database).apply((migration, number, total) -> {});
                following.start();
                log.append(ACME, 5);
                await(() -> following.healthy() && following.lag().records() == 0);
                server.recreate(own);
                log.append(ACME, 5);
                await(() -> !following.healthy());
                await(() -> migrates(database));
                await(() -> following.healthy() && following.lag().records() == 0);
                assertThat(
                                new DatabaseVerification(database, log.log(), following)
                                        .run((done, total) -> {})
                                        .findings())
                        .isEmpty();
                assertThat(texts(database, "SELECT count(*) FROM audit_chain_default"))
                        .containsExactly("0");
            }
        }
    }

    /** The pool may still hold connections to the database that was dropped. */
    private static boolean migrates(Database database) {
        try {
            new Migrator(database).apply((migration, number, total) -> {});
            return true;
        } catch (DatabaseUnavailableException e) {
            return false;
        }
    }

    private void projectAll(Database serving) {
        try (AuditProjection once = new AuditProjection(log.log(), serving)) {
            once.start();
            await(() -> once.healthy() && once.lag().records() == 0);
        }
    }

    private List<String> texts(String sql) {
        return texts(database, sql);
    }

    private static List<String> texts(Database database, String sql) {
        return database.read(c -> {
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
