package dev.mapsovereign.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.migrations.SchemaStatus.State;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What holds of the runner on every product. */
abstract class MigratorContract {
    private Database database;
    private Migrator migrator;

    abstract DatabaseConfig freshDatabase();

    @BeforeEach
    void open() {
        database = Database.open(freshDatabase());
        migrator = new Migrator(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void apply_emptyDatabase_bringsItToThisRelease() {
        assertThat(migrator.status().in(State.PENDING)).hasSize(MigrationCatalog.NAMES.size());
        List<String> told = new ArrayList<>();
        SchemaStatus status =
                migrator.apply((migration, number, total) -> told.add(number + " " + migration));
        assertThat(status.isCurrent()).isTrue();
        assertThat(told).hasSize(MigrationCatalog.NAMES.size()).startsWith("1 0001_init");
        migrator.requireCurrent();
    }

    @Test
    void apply_secondTime_doesNothing() {
        migrator.apply((migration, number, total) -> {});
        SchemaStatus before = migrator.status();
        List<Migration> told = new ArrayList<>();
        migrator.apply((migration, number, total) -> told.add(migration));
        assertThat(told).isEmpty();
        assertThat(migrator.status()).isEqualTo(before);
    }

    @Test
    void apply_historyLost_runsEveryFileAgainHarmlessly() {
        migrator.apply((migration, number, total) -> {});
        execute("INSERT INTO tenant (id, status) VALUES ('acme', 'active')");
        execute("DELETE FROM schema_history");
        assertThat(migrator.apply((migration, number, total) -> {}).isCurrent()).isTrue();
        assertThatThrownBy(
                        () -> execute("INSERT INTO tenant (id, status) VALUES ('acme', 'active')"))
                .as("the row is still there")
                .hasMessageContaining("23505");
    }

    @Test
    void apply_twoRunnersAtOnce_eachFileIsAppliedOnce() throws InterruptedException {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> runners = new ArrayList<>();
        for (int i = 0; i < runnersAtOnce(); i++) {
            runners.add(
                    Thread.ofVirtual()
                            .uncaughtExceptionHandler((thread, e) -> failures.add(e))
                            .start(() ->
                                    new Migrator(database)
                                            .apply((migration, number, total) -> {})));
        }
        for (Thread runner : runners) {
            runner.join();
        }
        assertThat(failures).isEmpty();
        assertThat(migrator.verify().isCurrent()).isTrue();
    }

    /** One process owns an embedded database, and one runner at its start. */
    abstract int runnersAtOnce();

    @Test
    void apply_fileFails_nothingOfItIsRecorded() {
        migrator.apply((migration, number, total) -> {});
        List<Migration> files = new ArrayList<>(MigrationCatalog.of(database.dialect()));
        files.add(
                new Migration(
                        files.size() + 1,
                        "broken",
                        "0".repeat(64),
                        "CREATE TABLE half_way (id integer); SELECT * FROM nowhere;"));
        Migrator broken = new Migrator(database, files);
        assertThatThrownBy(() -> broken.apply((migration, number, total) -> {}))
                .hasMessageContaining("nowhere");
        assertThat(broken.status().in(State.PENDING)).hasSize(1);
    }

    @Test
    void verify_fileEditedAfterwards_isTamperingAndNamed() {
        migrator.apply((migration, number, total) -> {});
        execute("UPDATE schema_history SET sha256 = '" + "0".repeat(64) + "' WHERE version = 3");
        assertTampering(() -> migrator.verify(), "0003_api_key was applied with another text");
        assertTampering(() -> migrator.requireCurrent(), "0003_api_key");
        assertTampering(() -> migrator.apply((migration, number, total) -> {}), "0003_api_key");
    }

    @Test
    void verify_newerReleaseWasHere_isRefused() {
        migrator.apply((migration, number, total) -> {});
        execute(
                "INSERT INTO schema_history (version, name, sha256) VALUES (999, 'later', '"
                        + "0".repeat(64)
                        + "')");
        assertTampering(() -> migrator.requireCurrent(), "0999_later was applied");
    }

    @Test
    void requireCurrent_filesPending_namesThemAndTheWayOut() {
        assertThatThrownBy(() -> migrator.requireCurrent())
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> {
                            assertThat(e.exit()).isEqualTo(ExitCode.ENVIRONMENT);
                            assertThat(e.hint()).contains("run: map migrate apply");
                        })
                .hasMessageContaining("0001_init");
    }

    Database database() {
        return database;
    }

    Migrator migrator() {
        return migrator;
    }

    int execute(String sql) {
        return database.write(c -> {
            try (Statement statement = c.createStatement()) {
                statement.execute(sql);
                return statement.getUpdateCount();
            }
        });
    }

    private static void assertTampering(Runnable call, String words) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> assertThat(e.exit()).isEqualTo(ExitCode.TAMPERING))
                .hasMessageContaining(words);
    }
}
