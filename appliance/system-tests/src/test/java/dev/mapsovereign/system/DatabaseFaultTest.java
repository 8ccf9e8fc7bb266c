package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import dev.mapsovereign.testing.TestDatabase;
import dev.mapsovereign.testing.TestPostgres;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The whole node under load while its PostgreSQL is killed, stopped, restarted and emptied. */
@ExtendWith(SeededRandomExtension.class)
@Tag("slow")
class DatabaseFaultTest {
    @TempDir private Path folder;

    @Test
    void postgres_awayUnderLoad_callsThatNeedItFailAndTheLogIsWhole(SeededRandom random)
            throws Exception {
        try (TestPostgres postgres = TestPostgres.start();
                Site site = site(postgres.freshDatabase())) {
            Load load = new Load(site);
            site.start();
            load.start();
            load.await("send ok", 10);
            for (int round = 0; round < 2; round++) {
                Thread.sleep(random.nextInt(200));
                postgres.kill();
                site.awaitNotReady(Set.of("database"));
                load.await("resolve ok", 50);
                postgres.restart();
                site.awaitNotReady(Set.of());
                load.await("send ok", 20);
            }
            postgres.pause();
            site.awaitNotReady(Set.of("database"));
            load.await("resolve ok", 50);
            postgres.resume();
            site.awaitNotReady(Set.of());
            load.await("send ok", 20);
            postgres.halt();
            site.awaitNotReady(Set.of("database"));
            postgres.restart();
            load.await("send ok", 20);
            site.awaitNotReady(Set.of());
            load.stop();
            String what = random + ", " + load.outcomes();
            System.out.println(what);
            // Started together, the node may be the faster one.
            assertThat(site.stop()).isZero();
            postgres.halt();
            site.launch(Map.of());
            postgres.restart();
            site.awaitNotReady(Set.of());
            SiteCheck.check(site, load, what);
            assertThat(site.stop()).isZero();
        }
    }

    @Test
    void postgres_droppedAndRecreatedUnderLoad_indexIsRefilledFromTheJournal(SeededRandom random)
            throws Exception {
        try (TestPostgres postgres = TestPostgres.start()) {
            TestDatabase database = postgres.freshDatabase();
            try (Site site = site(database)) {
                Load load = new Load(site);
                site.start();
                load.start();
                load.await("send ok", 20);
                Thread.sleep(random.nextInt(200));
                postgres.recreate(database);
                site.awaitNotReady(Set.of("database"));
                load.await("resolve ok", 50);
                load.stop();
                // What only the database held is gone with it: keys, grants, messages.
                load.messages().clear();
                site.migrate();
                site.awaitNotReady(Set.of());
                SiteCheck.check(site, load, "recreated, " + random);
                assertThat(site.stop()).isZero();
            }
        }
    }

    private Site site(TestDatabase database) throws Exception {
        return new Site(
                folder,
                database.url(),
                """
                [sovereign]
                allowed_egress = ["127.0.0.1:%d"]
                """
                        .formatted(database.port()));
    }
}
