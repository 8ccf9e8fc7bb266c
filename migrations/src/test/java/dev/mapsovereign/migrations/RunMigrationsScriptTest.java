package dev.mapsovereign.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.migrations.SchemaStatus.State;
import dev.mapsovereign.testing.TestDatabase;
import dev.mapsovereign.testing.TestPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run_migrations.sh} and plain psql beside the Java runner. */
class RunMigrationsScriptTest {
    private static final Path FOLDER = Path.of("").toAbsolutePath();

    @TempDir private Path temporary;
    private TestDatabase place;

    private record Result(int exit, String output, String errors) {}

    @BeforeEach
    void requirePsql() {
        Assumptions.assumeTrue(
                psql().isPresent(), "psql is not installed (Debian: postgresql-client)");
        place = TestPostgres.shared().freshDatabase();
    }

    @Test
    void script_emptyDatabase_leavesWhatTheJavaRunnerExpects() throws Exception {
        assertThat(script(FOLDER, "apply").exit()).isZero();
        try (Database database = Database.open(DatabaseConfig.of(place.url()))) {
            assertThat(new Migrator(database).verify().isCurrent()).isTrue();
        }
        assertThat(script(FOLDER, "apply").errors()).isEmpty();
        assertThat(script(FOLDER, "verify").exit()).isZero();
        assertThat(script(FOLDER, "status").output().lines())
                .hasSize(MigrationCatalog.NAMES.size())
                .allMatch(line -> line.endsWith(": applied"));
    }

    @Test
    void script_afterTheJavaRunner_findsEverythingApplied() throws Exception {
        try (Database database = Database.open(DatabaseConfig.of(place.url()))) {
            new Migrator(database).apply((migration, number, total) -> {});
        }
        assertThat(script(FOLDER, "verify")).isEqualTo(new Result(0, "", ""));
        assertThat(script(FOLDER)).isEqualTo(new Result(0, "", ""));
    }

    @Test
    void plainPsql_eachFileInOrder_isThenTakenOverByTheRunner() throws Exception {
        for (String name : MigrationCatalog.NAMES) {
            Result result =
                    run(
                            List.of(
                                    "psql",
                                    "-X",
                                    "-q",
                                    "-v",
                                    "ON_ERROR_STOP=1",
                                    "-f",
                                    FOLDER.resolve(name + ".sql").toString()),
                            Map.of(
                                    "PGHOST", place.host(),
                                    "PGPORT", String.valueOf(place.port()),
                                    "PGUSER", place.user(),
                                    "PGPASSWORD", place.password(),
                                    "PGDATABASE", place.name()));
            assertThat(result).isEqualTo(new Result(0, "", ""));
        }
        try (Database database = Database.open(DatabaseConfig.of(place.url()))) {
            Migrator migrator = new Migrator(database);
            assertThat(migrator.status().in(State.PENDING))
                    .as("psql alone records nothing")
                    .hasSize(MigrationCatalog.NAMES.size());
            assertThat(migrator.apply((migration, number, total) -> {}).isCurrent()).isTrue();
        }
    }

    @Test
    void script_fileEdited_isRefusedWithFour() throws Exception {
        Path copy = copyOfFolder("with a space");
        assertThat(script(copy).exit()).isZero();
        Files.writeString(
                copy.resolve("0003_api_key.sql"), "-- edited\n", StandardOpenOption.APPEND);
        for (String verb : List.of("verify", "apply")) {
            Result result = script(copy, verb);
            assertThat(result.exit()).isEqualTo(4);
            assertThat(result.errors()).contains("edited 0003_api_key");
        }
        assertThat(script(copy, "status").output()).contains("0003_api_key: edited");
    }

    @Test
    void script_lastFileMissing_isRefusedWithFour() throws Exception {
        Path copy = copyOfFolder("missing");
        assertThat(script(copy).exit()).isZero();
        String last = lastOf(copy);
        Files.delete(copy.resolve(last + ".sql"));
        assertThat(script(copy, "verify").exit()).isEqualTo(4);
        assertThat(script(copy, "apply").errors()).contains("missing " + last);
    }

    @Test
    void script_gapBetweenFiles_isRefusedWithFour() throws Exception {
        Path copy = copyOfFolder("gap");
        Files.delete(copy.resolve("0004_capability_grant.sql"));
        Result result = script(copy);
        assertThat(result.exit()).isEqualTo(4);
        assertThat(result.errors()).contains("migration 4 is missing");
        assertThat(script(FOLDER, "status").output().lines())
                .as("nothing was applied")
                .allMatch(line -> line.endsWith(": pending"));
    }

    @Test
    void script_fileFails_keepsNothingOfItAndEndsWithOne() throws Exception {
        Path copy = copyOfFolder("failing");
        String last = lastOf(copy);
        String broken = "%04d_broken".formatted(Integer.parseInt(last.substring(0, 4)) + 1);
        Path file = copy.resolve(broken + ".sql");
        Files.writeString(file, "CREATE TABLE half_way (id integer);\nSELECT * FROM nowhere;\n");
        assertThat(script(copy).exit()).isEqualTo(1);
        assertThat(script(copy, "status").output())
                .contains(last + ": applied", broken + ": pending");
        Files.writeString(file, "CREATE TABLE half_way (id integer);\n");
        assertThat(script(copy).exit()).isZero();
    }

    /** The migration with the highest number, without its ending. */
    private static String lastOf(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".sql"))
                    .max(Comparator.naturalOrder())
                    .map(name -> name.substring(0, name.length() - ".sql".length()))
                    .orElseThrow();
        }
    }

    @Test
    void script_passwordInAddress_isInNoArgument() throws Exception {
        Path bin = Files.createDirectory(temporary.resolve("bin"));
        Path arguments = temporary.resolve("arguments");
        Path spy = bin.resolve("psql");
        Files.writeString(
                spy,
                "#!/bin/sh\necho \"$@\" >>'%s'\nexec '%s' \"$@\"\n"
                        .formatted(arguments, psql().orElseThrow()));
        Files.setPosixFilePermissions(spy, PosixFilePermissions.fromString("rwxr-xr-x"));
        Result result =
                run(
                        List.of("sh", FOLDER.resolve("run_migrations.sh").toString()),
                        Map.of(
                                "MAP_DB_URL",
                                place.url(),
                                "PATH",
                                bin + ":" + System.getenv("PATH")));
        assertThat(result.exit()).isZero();
        assertThat(Files.readString(arguments))
                .contains(place.name())
                .doesNotContain(place.password());
    }

    @Test
    void script_wrongUseOrPlace_saysSoWithItsCode() throws Exception {
        assertThat(script(FOLDER, "aply").exit()).isEqualTo(2);
        assertThat(script(FOLDER, "status", "more").exit()).isEqualTo(2);
        assertThat(script(FOLDER, "--help").output()).contains("exit codes", "example");
        Path script = FOLDER.resolve("run_migrations.sh");
        for (String url :
                List.of(
                        "h2:/var/lib/map/db/map",
                        "mysql://db/a",
                        "postgres://u:%zz@db/a",
                        "postgres://db/a?user=u&password=p",
                        "postgres://u:p@127.0.0.1:1/a")) {
            Result result = run(List.of("sh", script.toString()), Map.of("MAP_DB_URL", url));
            assertThat(result.exit()).as(url).isEqualTo(3);
        }
    }

    private static Optional<Path> psql() {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(folder -> Path.of(folder, "psql"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private Path copyOfFolder(String name) throws IOException {
        Path copy = Files.createDirectory(temporary.resolve(name));
        List<String> names = new ArrayList<>(List.of("run_migrations.sh"));
        MigrationCatalog.NAMES.forEach(file -> names.add(file + ".sql"));
        for (String file : names) {
            Files.copy(FOLDER.resolve(file), copy.resolve(file));
        }
        return copy;
    }

    private Result script(Path folder, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh"));
        command.add(folder.resolve("run_migrations.sh").toString());
        command.addAll(List.of(arguments));
        Path url = temporary.resolve("url");
        Files.writeString(url, place.url() + "\n");
        return run(command, Map.of("MAP_DB_URL_FILE", url.toString()));
    }

    private Result run(List<String> command, Map<String, String> environment) throws Exception {
        Path output = Files.createTempFile(temporary, "output", "");
        Path errors = Files.createTempFile(temporary, "errors", "");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        builder.environment().keySet().removeIf(name -> name.startsWith("MAP_"));
        builder.environment().putAll(environment);
        int exit = builder.start().waitFor();
        return new Result(
                exit,
                Files.readString(output, StandardCharsets.UTF_8),
                Files.readString(errors, StandardCharsets.UTF_8));
    }
}
