package dev.mapsovereign.auditstore;

import static dev.mapsovereign.auditstore.LogUnderTest.ACME;
import static dev.mapsovereign.auditstore.LogUnderTest.ZETA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.database.DatabaseException;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import dev.mapsovereign.testing.TestDatabase;
import dev.mapsovereign.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A server that is killed, stopped, paused, restarted, dropped and made anew under load. */
@Tag("slow")
@ExtendWith(SeededRandomExtension.class)
class PostgresFaultsTest {
    private static final int ROUNDS = 6;
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @TempDir private Path folder;

    @Test
    void projection_serverFaultsUnderLoad_missesNothingAndBringsNothingTwice(SeededRandom random)
            throws Exception {
        System.out.println("PostgreSQL faults: " + random);
        try (LogUnderTest log = new LogUnderTest(folder.resolve("audit"), "one");
                TestPostgres server = TestPostgres.start()) {
            TestDatabase place = server.freshDatabase();
            try (Database database = Database.open(DatabaseConfig.of(place.url()));
                    AuditProjection projection = new AuditProjection(log.log(), database)) {
                new Migrator(database).apply((migration, number, total) -> {});
                projection.start();
                Load load = new Load(log);
                try {
                    for (int round = 0; round < ROUNDS; round++) {
                        fault(random.nextInt(4), server, place, database);
                        Thread.sleep(random.nextInt(400));
                    }
                } finally {
                    load.end();
                }
                await(projection);
                assertThat(
                                new DatabaseVerification(database, log.log(), projection)
                                        .run((done, total) -> {})
                                        .findings())
                        .isEmpty();
                assertThat(rows(database))
                        .isEqualTo(log.size(ACME) + log.size(ZETA) + log.size(TenantId.NODE));
            }
        }
    }

    private static void fault(int kind, TestPostgres server, TestDatabase place, Database database)
            throws InterruptedException {
        switch (kind) {
            case 0 -> {
                server.kill();
                server.restart();
            }
            case 1 -> {
                server.halt();
                server.restart();
            }
            case 2 -> {
                server.pause();
                Thread.sleep(700);
                server.resume();
            }
            default -> {
                server.recreate(place);
                migrate(database);
            }
        }
    }

    /** The pool has dead connections first, which it throws away as they are tried. */
    private static void migrate(Database database) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                new Migrator(database).apply((migration, number, total) -> {});
                return;
            } catch (DatabaseException e) {
                assertThat(System.nanoTime()).as("patience: " + e).isLessThan(deadline);
                Thread.sleep(100);
            }
        }
    }

    private static void await(AuditProjection projection) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!projection.healthy() || projection.lag().records() > 0) {
            assertThat(System.nanoTime())
                    .as("patience: " + projection.trouble() + " " + projection.lag())
                    .isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    private static long rows(Database database) {
        return database.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT count(*) FROM audit_chain")) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    /** One caller who appends as fast as he is answered, and must always be. */
    private static final class Load {
        private final AtomicBoolean stop = new AtomicBoolean();
        private final AtomicReference<Throwable> failure = new AtomicReference<>(new Throwable());
        private final Throwable none = failure.get();
        private final Thread caller;

        Load(LogUnderTest log) {
            caller =
                    Thread.ofPlatform()
                            .uncaughtExceptionHandler((thread, e) -> failure.set(e))
                            .start(() -> {
                                for (int i = 0; !stop.get(); i++) {
                                    log.append(i % 5 == 0 ? ZETA : ACME);
                                }
                            });
        }

        void end() throws InterruptedException {
            stop.set(true);
            caller.join();
            assertThat(failure.get()).as("an append failed").isSameAs(none);
        }
    }
}
