package dev.mapsovereign.auditstore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.migrations.Migrator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A real log with its projection into a database of its own, for each test. */
abstract class StoreUnderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir Path folder;
    LogUnderTest log;
    Database database;
    AuditProjection projection;
    AuditIndex index;

    abstract DatabaseConfig freshDatabase();

    @BeforeEach
    void open() {
        log = new LogUnderTest(folder.resolve("audit"), "one");
        database = Database.open(freshDatabase());
        new Migrator(database).apply((migration, number, total) -> {});
        index = new AuditIndex(database, log.log());
        startProjection();
    }

    @AfterEach
    void close() {
        projection.close();
        database.close();
        log.close();
    }

    final void startProjection() {
        projection = new AuditProjection(log.log(), database);
        projection.start();
    }

    void awaitCaughtUp() {
        await(() -> projection.healthy() && projection.lag().records() == 0);
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("patience").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
