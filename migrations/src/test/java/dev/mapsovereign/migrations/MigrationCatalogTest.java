package dev.mapsovereign.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.database.Dialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MigrationCatalogTest {
    private static final Path FOLDER = Path.of("").toAbsolutePath();

    @Test
    void names_areThoseOfTheFolder() throws IOException {
        assertThat(MigrationCatalog.NAMES).isEqualTo(names(FOLDER));
        assertThat(MigrationCatalog.H2_TWINS).isEqualTo(names(FOLDER.resolve("h2")));
    }

    @Test
    void of_eachFile_hasTheDigestThatSha256sumPrints() throws IOException {
        for (Migration migration : MigrationCatalog.of(Dialect.POSTGRESQL)) {
            byte[] content = Files.readAllBytes(FOLDER.resolve(migration + ".sql"));
            assertThat(migration.sha256()).isEqualTo(Hex.encode(Sha256.hash(content)));
        }
    }

    static Stream<Path> files() throws IOException {
        return Stream.of(FOLDER, FOLDER.resolve("h2")).flatMap(MigrationCatalogTest::sqlFiles);
    }

    @ParameterizedTest
    @MethodSource("files")
    void file_header_saysWhyWhatItLocksAndThatItMayRunTwice(Path file) throws IOException {
        String header = Files.readString(file).split("\n\n", 2)[0];
        assertThat(header.lines()).allMatch(line -> line.startsWith("--"));
        assertThat(header)
                .startsWith("-- " + file.getFileName().toString().substring(0, 4) + " ")
                .contains("-- Why:   ", "-- Locks: ", "-- Twice: ");
    }

    @ParameterizedTest
    @MethodSource("files")
    void file_text_isPlainSqlForEveryRunner(Path file) throws IOException {
        assertThat(Files.readString(file).lines())
                .noneMatch(line -> line.startsWith("\\")) // psql alone knows such commands
                .noneMatch(line -> line.matches("(?i)(BEGIN|COMMIT|ROLLBACK) *;.*"))
                .allMatch(line -> line.length() <= 100)
                .allMatch(line -> line.chars().allMatch(c -> c >= ' ' && c < 0x7f));
    }

    private static List<String> names(Path folder) {
        return sqlFiles(folder)
                .map(file -> file.getFileName().toString().replace(".sql", ""))
                .sorted()
                .toList();
    }

    private static Stream<Path> sqlFiles(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".sql")).toList().stream();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
