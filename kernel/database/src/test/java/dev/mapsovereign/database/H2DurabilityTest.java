package dev.mapsovereign.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class H2DurabilityTest {
    private static final int KILLS = 20;
    private static final int POWER_CUTS = 8;

    @TempDir private Path folder;

    @BeforeAll
    static void disks() {
        PowerCutFilePath.register();
    }

    @Test
    void durably_processKilledRightAfter_rowIsThere() throws Exception {
        DatabaseConfig config = DatabaseConfig.of("h2:" + folder.resolve("killed"));
        try (Database database = Database.open(config)) {
            createTable(database);
        }
        for (int id = 0; id < KILLS; id++) {
            killAfterInsert(config.url(), id);
            try (Database database = Database.open(config)) {
                assertThat(ids(database)).as("after kill %d", id).contains(id);
            }
        }
    }

    /** The child's program: one durable insert, a word about it, then waiting to be killed. */
    public static void main(String[] arguments) throws InterruptedException {
        Database database = Database.open(DatabaseConfig.of(arguments[0]));
        insert(database, Integer.parseInt(arguments[1]), new byte[0]);
        System.out.println("durable");
        Thread.sleep(TimeUnit.MINUTES.toMillis(1));
    }

    private static void killAfterInsert(String url, int id) throws Exception {
        Process child =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                classPath(),
                                H2DurabilityTest.class.getName(),
                                url,
                                String.valueOf(id))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (BufferedReader output =
                new BufferedReader(
                        new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(output.readLine()).isEqualTo("durable");
        } finally {
            child.destroyForcibly().waitFor(); // SIGKILL
        }
    }

    /** All of this test's jars and classes; the child needs no modules. */
    private static String classPath() {
        return Stream.of("jdk.module.path", "java.class.path")
                        .map(name -> System.getProperty(name, ""))
                        .collect(Collectors.joining(File.pathSeparator))
                + File.pathSeparator
                + Path.of("target", "test-classes").toAbsolutePath();
    }

    /**
     * What the file holds at that moment is what a SIGKILL would leave. Space in it is reused, so
     * that chunks lie where the file's header has to point to them: H2 2.5.250 to 2.5.252 write the
     * header of the chunk before, and lose what was acknowledged since.
     */
    @Test
    void durably_spaceInTheFileReused_rowIsThereAtOnce() throws Exception {
        Path path = folder.resolve("reused");
        Random random = new Random(7);
        try (Database database = Database.open(DatabaseConfig.of("h2:" + path))) {
            createTable(database);
            database.durably(c -> c.createStatement().execute("SET RETENTION_TIME 0"));
            for (int id = 0; id < 40; id++) {
                byte[] body = new byte[random.nextInt(100_000)];
                random.nextBytes(body);
                int filler = -1 - id;
                database.durably(c -> put(c, filler, body));
                database.durably(c -> delete(c, filler + random.nextInt(1, 4)));
                insert(database, id, new byte[0]);
                Path copy = folder.resolve("copy" + id);
                Files.copy(Path.of(path + ".mv.db"), Path.of(copy + ".mv.db"));
                try (Database after = Database.open(DatabaseConfig.of("h2:" + copy))) {
                    assertThat(ids(after)).as("after row %d", id).contains(id);
                }
                Files.delete(Path.of(copy + ".mv.db"));
            }
        }
    }

    @Test
    void durably_powerCutUnderLoad_everyAcknowledgedRowIsThere() throws Exception {
        Path path = folder.resolve("cut");
        PowerCutFilePath.Disk disk = PowerCutFilePath.disk(path);
        disk.slowWrites(TimeUnit.MILLISECONDS.toNanos(2));
        Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
        AtomicBoolean enough = new AtomicBoolean();
        AtomicReference<Optional<Throwable>> failure = new AtomicReference<>(Optional.empty());
        List<Thread> threads = new ArrayList<>();
        try (Database database = open(path)) {
            createTable(database);
            AtomicInteger nextId = new AtomicInteger();
            Semaphore turns = new Semaphore(0);
            Semaphore noise = new Semaphore(0);
            for (int i = 0; i < 4; i++) {
                boolean durable = i < 2;
                Random random = new Random(i);
                Runnable load =
                        () -> {
                            while (!enough.get()) {
                                if (!(durable ? turns : noise).tryAcquire()) {
                                    Thread.onSpinWait();
                                    continue;
                                }
                                int id = nextId.getAndIncrement();
                                if (durable) {
                                    insert(database, id, new byte[10]);
                                    acknowledged.add(id);
                                } else {
                                    // enough unsaved bytes for H2 to write on its own
                                    byte[] body = new byte[300_000];
                                    random.nextBytes(body);
                                    database.write(c -> put(c, -1 - id, body));
                                }
                            }
                        };
                threads.add(
                        Thread.ofPlatform()
                                .uncaughtExceptionHandler((t, e) -> failure.set(Optional.of(e)))
                                .start(load));
            }
            for (int cut = 0; cut < POWER_CUTS; cut++) {
                turns.release(40);
                noise.release(40);
                while (acknowledged.size() < 40 * cut + 20 && failure.get().isEmpty()) {
                    Thread.onSpinWait();
                }
                Set<Integer> promised = Set.copyOf(acknowledged);
                Path copy = folder.resolve("after" + cut);
                disk.afterPowerCut(Path.of(copy + ".mv.db"));
                try (Database after = Database.open(DatabaseConfig.of("h2:" + copy))) {
                    assertThat(ids(after)).as("power cut %d", cut).containsAll(promised);
                }
            }
            enough.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertThat(failure.get()).isEmpty();
    }

    @Test
    void durably_syncFails_isRefusedFromThenOn() throws Exception {
        Path path = folder.resolve("unsynced");
        PowerCutFilePath.Disk disk = PowerCutFilePath.disk(path);
        try (Database database = open(path)) {
            createTable(database);
            disk.failSyncs(Optional.of(new IOException("Input/output error")));
            assertThatThrownBy(() -> insert(database, 1, new byte[0]))
                    .isInstanceOf(DatabaseUnavailableException.class)
                    .hasMessageContaining("not known to be on the disk");
            disk.failSyncs(Optional.empty());
            // The disk says yes again, but what it dropped is gone.
            assertThatThrownBy(() -> insert(database, 2, new byte[0]))
                    .isInstanceOf(DatabaseUnavailableException.class);
        }
    }

    @Test
    void durably_diskFull_isRefusedAndRecovers() throws Exception {
        Path path = folder.resolve("full");
        PowerCutFilePath.Disk disk = PowerCutFilePath.disk(path);
        try (Database database = open(path)) {
            createTable(database);
            insert(database, 1, new byte[0]);
            disk.failWrites(Optional.of(new IOException("No space left on device")));
            assertThatThrownBy(() -> insert(database, 2, new byte[0]))
                    .isInstanceOf(DatabaseUnavailableException.class);
            disk.failWrites(Optional.empty());
            insertUntilAccepted(database, 3);
            assertThat(ids(database)).contains(1, 3);
        }
        Path copy = folder.resolve("full-after");
        disk.afterPowerCut(Path.of(copy + ".mv.db"));
        try (Database after = Database.open(DatabaseConfig.of("h2:" + copy))) {
            assertThat(ids(after)).contains(1, 3);
        }
    }

    @Test
    void durably_manyCallers_shareSyncs() throws Exception {
        Path path = folder.resolve("shared");
        PowerCutFilePath.Disk disk = PowerCutFilePath.disk(path);
        disk.slowWrites(TimeUnit.MILLISECONDS.toNanos(1));
        try (Database database = open(path)) {
            createTable(database);
            int before = disk.syncs();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                int id = i;
                threads.add(Thread.ofVirtual().start(() -> insert(database, id, new byte[0])));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(ids(database)).hasSize(64);
            assertThat(disk.syncs() - before).isLessThan(64);
        }
    }

    @Test
    void anyCall_threadsInterrupted_databaseStaysOpen() throws Exception {
        DatabaseConfig config = DatabaseConfig.of("h2:" + folder.resolve("interrupted"));
        try (Database database = Database.open(config)) {
            createTable(database);
            for (int round = 0; round < 50; round++) {
                int id = round;
                Thread caller =
                        Thread.ofPlatform()
                                .uncaughtExceptionHandler((t, e) -> {})
                                .start(() -> {
                                    Thread.currentThread().interrupt();
                                    insert(database, id, new byte[200_000]);
                                });
                caller.interrupt();
                caller.join();
            }
            insert(database, 1000, new byte[0]);
            assertThat(ids(database)).contains(1000);
        }
        try (Database database = Database.open(config)) {
            assertThat(ids(database)).contains(1000);
        }
    }

    private static Database open(Path path) {
        DatabaseConfig config = DatabaseConfig.of("h2:" + path);
        return Database.open(config, DataSources.h2(PowerCutFilePath.SCHEME + ":" + path, config));
    }

    private static void createTable(Database database) {
        database.durably(c -> {
            try (PreparedStatement statement =
                    c.prepareStatement("CREATE TABLE entry (id integer PRIMARY KEY, body bytea)")) {
                return statement.execute();
            }
        });
    }

    private static void insert(Database database, int id, byte[] body) {
        database.durably(c -> put(c, id, body));
    }

    private static void insertUntilAccepted(Database database, int id) {
        for (int attempt = 0; attempt < 20; attempt++) {
            try {
                insert(database, id, new byte[0]);
                return;
            } catch (DatabaseUnavailableException e) {
                // H2 closes its file after a failed write; a few connections still stand on it
            }
        }
        throw new AssertionError("not accepted again");
    }

    private static int put(java.sql.Connection c, int id, byte[] body)
            throws java.sql.SQLException {
        try (PreparedStatement statement = c.prepareStatement("INSERT INTO entry VALUES (?, ?)")) {
            statement.setInt(1, id);
            statement.setBytes(2, body);
            return statement.executeUpdate();
        }
    }

    private static int delete(java.sql.Connection c, int id) throws java.sql.SQLException {
        try (PreparedStatement statement = c.prepareStatement("DELETE FROM entry WHERE id = ?")) {
            statement.setInt(1, id);
            return statement.executeUpdate();
        }
    }

    private static Set<Integer> ids(Database database) {
        return database.read(c -> {
            try (PreparedStatement statement =
                            c.prepareStatement("SELECT id FROM entry WHERE id >= 0");
                    ResultSet rows = statement.executeQuery()) {
                Set<Integer> ids = ConcurrentHashMap.newKeySet();
                while (rows.next()) {
                    ids.add(rows.getInt(1));
                }
                return ids;
            }
        });
    }
}
