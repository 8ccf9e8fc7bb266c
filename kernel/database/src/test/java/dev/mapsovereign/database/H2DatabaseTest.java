package dev.mapsovereign.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class H2DatabaseTest extends DatabaseContract {
    @TempDir private Path folder;
    private int databases;

    @Override
    DatabaseConfig freshDatabase(int poolSize) {
        return new DatabaseConfig(
                "h2:" + folder.resolve("new").resolve("db" + databases++),
                Optional.empty(),
                Optional.empty(),
                poolSize);
    }

    @Test
    void open_freshFolder_onlyTheOwnerMayReadIt() throws IOException {
        Path file = folder.resolve("new").resolve("db0.mv.db");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(folder.resolve("new"))))
                .isEqualTo("rwx------");
    }

    @Test
    void open_secondTime_rowsAreThere() {
        DatabaseConfig config = freshDatabase(2);
        try (Database first = Database.open(config)) {
            first.write(c -> c.createStatement().execute("CREATE TABLE kept (id integer)"));
        }
        try (Database second = Database.open(config)) {
            assertThat(second.<Boolean>read(c -> c.createStatement().execute("TABLE kept")))
                    .isTrue();
        }
    }

    @Test
    void copyTo_whileOthersWrite_isADatabaseWithAllThatWasCommittedBefore() throws Exception {
        DatabaseConfig config = freshDatabase(3);
        AtomicBoolean on = new AtomicBoolean(true);
        AtomicInteger committed = new AtomicInteger();
        List<Integer> before = new ArrayList<>();
        try (Database database = Database.open(config)) {
            database.write(c -> c.createStatement().execute("CREATE TABLE kept (t varchar)"));
            Thread writer =
                    Thread.ofVirtual()
                            .start(() -> {
                                while (on.get()) {
                                    database.write(c ->
                                            c.createStatement()
                                                    .execute(
                                                            "INSERT INTO kept VALUES (repeat('x',"
                                                                    + " 3000))"));
                                    committed.incrementAndGet();
                                }
                            });
            for (int copy = 0; copy < 5; copy++) {
                int wanted = committed.get() + 50;
                while (committed.get() < wanted) {
                    Thread.onSpinWait();
                }
                before.add(committed.get());
                try (OutputStream out =
                        Files.newOutputStream(folder.resolve("copy" + copy + ".zip"))) {
                    database.copyTo(out);
                }
            }
            on.set(false);
            writer.join();
        }
        for (int copy = 0; copy < before.size(); copy++) {
            Path file = folder.resolve("copy" + copy + ".mv.db");
            try (ZipInputStream zip =
                    new ZipInputStream(
                            Files.newInputStream(folder.resolve("copy" + copy + ".zip")))) {
                assertThat(zip.getNextEntry()).isNotNull();
                Files.copy(zip, file);
                assertThat(zip.getNextEntry()).isNull();
            }
            try (Database copied =
                    Database.open(DatabaseConfig.of("h2:" + folder.resolve("copy" + copy)))) {
                assertThat(
                                copied.<Integer>read(c -> {
                                    ResultSet rows =
                                            c.createStatement()
                                                    .executeQuery("SELECT count(*) FROM kept");
                                    rows.next();
                                    return rows.getInt(1);
                                }))
                        .isBetween(before.get(copy), committed.get());
            }
        }
    }

    @Test
    void open_brokenFile_isTheOperatorsWithItsPath() throws IOException {
        Path file = folder.resolve("broken.mv.db");
        Files.writeString(file, "this is no database".repeat(1000));
        assertThatThrownBy(() -> Database.open(DatabaseConfig.of("h2:" + file)))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> assertThat(e.exit()).isEqualTo(ExitCode.ENVIRONMENT))
                .hasMessageContaining(file.toString());
    }

    @Test
    void anyCall_statementFails_nothingIsWrittenBesideTheDatabase() throws IOException {
        assertThatThrownBy(() -> execute("SELECT secret FROM nowhere"))
                .isInstanceOf(DatabaseException.class);
        try (Stream<Path> files = Files.list(folder.resolve("new"))) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .containsExactly("db0.mv.db");
        }
    }

    @Test
    void memory_closed_isGone() {
        DatabaseConfig config = DatabaseConfig.of("jdbc:h2:mem:gone");
        assertThat(config.isPersistent()).isFalse();
        try (Database first = Database.open(config)) {
            first.durably(c -> c.createStatement().execute("CREATE TABLE kept (id integer)"));
        }
        try (Database second = Database.open(config)) {
            assertThatThrownBy(() -> second.read(c -> c.createStatement().execute("TABLE kept")))
                    .isInstanceOf(DatabaseException.class);
        }
    }
}
