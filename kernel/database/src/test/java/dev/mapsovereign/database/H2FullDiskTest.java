package dev.mapsovereign.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.database.h2.H2FilePath;
import dev.mapsovereign.testing.FaultyDisk;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.h2.store.fs.FilePath;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** An embedded database whose disk runs full under writers, and has room again. */
@ExtendWith(SeededRandomExtension.class)
// What waits for a disk hears no interruption: only another thread can tell that it waits for ever.
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class H2FullDiskTest {
    private static final int WRITERS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofSeconds(1);

    @TempDir private Path folder;

    private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicBoolean on = new AtomicBoolean(true);
    private final List<Thread> writers = new ArrayList<>();

    @BeforeEach
    void requireDisk() {
        FaultyDisk.obstacle().ifPresent(reason -> Assumptions.abort(reason));
    }

    @AfterEach
    void end() throws InterruptedException {
        on.set(false);
        for (Thread writer : writers) {
            writer.join();
        }
    }

    private DatabaseConfig config() {
        return DatabaseConfig.of("h2:" + folder.resolve("disk/map"));
    }

    private Database open() {
        Database database = Database.open(config());
        database.write(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(
                        "CREATE TABLE IF NOT EXISTS kept (id int PRIMARY KEY, body bytea)");
            }
        });
        return database;
    }

    private void startWriters(Database database) {
        for (int i = 0; i < WRITERS; i++) {
            writers.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                while (on.get()) {
                                    int id = next.getAndIncrement();
                                    try {
                                        insert(database, id);
                                        acknowledged.add(id);
                                    } catch (DatabaseException e) {
                                        pause();
                                    }
                                }
                            }));
        }
    }

    private static void insert(Database database, int id) {
        database.durably(connection -> {
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO kept VALUES (?, ?)")) {
                insert.setInt(1, id);
                insert.setBytes(2, new byte[3000]);
                return insert.executeUpdate();
            }
        });
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void await(String what, BooleanSupplier held) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!held.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(until);
            pause();
        }
    }

    private void awaitMore(int more) {
        int wanted = acknowledged.size() + more;
        await(more + " more rows", () -> acknowledged.size() >= wanted);
    }

    private static Set<Integer> rows(Database database) {
        return database.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT id FROM kept")) {
                Set<Integer> ids = new HashSet<>();
                while (row.next()) {
                    ids.add(row.getInt(1));
                }
                return ids;
            }
        });
    }

    @Test
    void durably_diskFullForAWhile_goesOnWithoutARestart(SeededRandom random) throws Exception {
        Path place = Files.createDirectory(folder.resolve("disk"));
        try (FaultyDisk disk = FaultyDisk.over(place)) {
            try (Database database = open()) {
                startWriters(database);
                awaitMore(50);
                for (int round = 0; round < 3; round++) {
                    disk.space(random.nextInt(200_000));
                    await("it says that it cannot write", () -> !database.healthy(LOOK));
                    disk.heal();
                    awaitMore(50);
                    await("it is well again", () -> database.healthy(LOOK));
                }
                end();
            }
            try (Database database = Database.open(config())) {
                assertThat(rows(database)).containsAll(acknowledged);
            }
        }
    }

    @Test
    void close_whileTheDiskIsFull_endsAndLosesNothingAcknowledged(SeededRandom random)
            throws Exception {
        Path place = Files.createDirectory(folder.resolve("disk"));
        try (FaultyDisk disk = FaultyDisk.over(place)) {
            Database database = open();
            startWriters(database);
            awaitMore(50);
            disk.space(random.nextInt(200_000));
            await("it says that it cannot write", () -> !database.healthy(LOOK));
            long began = System.nanoTime();
            database.close();
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isLessThan(Limits.SYNC.plus(Limits.STATEMENT).multipliedBy(2));
            end();
            disk.heal();
            try (Database again = Database.open(config())) {
                assertThat(rows(again)).containsAll(acknowledged);
                insert(again, -1);
            }
        }
    }

    @Test
    void stopWaiting_fileOpenedAnewByH2_writeFailsAtOnce() throws Exception {
        Path place = Files.createDirectory(folder.resolve("disk"));
        Path file = place.resolve("map.mv.db");
        try (FaultyDisk disk = FaultyDisk.over(place)) {
            Files.write(file, new byte[0]);
            H2FilePath.register();
            H2FilePath.stopWaiting(file);
            disk.space(0);
            try (FileChannel again = FilePath.get(H2FilePath.SCHEME + ":" + file).open("rw")) {
                ByteBuffer some = ByteBuffer.allocate(4096);
                assertThatThrownBy(() -> again.write(some, 0)).isInstanceOf(IOException.class);
            }
        }
    }
}
