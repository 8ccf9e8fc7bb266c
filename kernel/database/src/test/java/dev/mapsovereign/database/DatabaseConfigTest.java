package dev.mapsovereign.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.config.ConfigException;
import dev.mapsovereign.config.ConfigRoot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseConfigTest {
    /** Stands wherever a careless operator may put a password. */
    private static final String SECRET = "s3cr3t";

    @ParameterizedTest
    @CsvSource({
        "postgres://map:pw@db.site:6543/audit, postgres://db.site:6543/audit, map, pw",
        "postgresql://map@db/audit, postgres://db:5432/audit, map,",
        "postgres://map:p%40ss%2Fw%C3%BC@[fd00::1]:5432/a, 'postgres://[fd00::1]:5432/a', map, p@ss/wü",
        "'postgres://m:p@one,two:1/a', 'postgres://one:5432,two:1/a', m, p",
        "postgres://map:pw@db, postgres://db:5432/map, map, pw",
        "jdbc:postgresql://db:1/a?user=map&password=p%26w, postgres://db:1/a, map, p&w",
        "jdbc:postgresql:audit, postgres://localhost:5432/audit,,",
        "postgres://db/a?sslmode=disable&application_name=x%20y,"
                + " postgres://db:5432/a?ApplicationName=x%20y&sslmode=disable,,",
        "h2:/var/lib/map/db/map, h2:/var/lib/map/db/map,,",
        "jdbc:h2:file:/var/lib/../lib/map.mv.db, h2:/var/lib/map,,",
        "jdbc:h2:/a/b, h2:/a/b,,",
        "jdbc:h2:mem:test, jdbc:h2:mem:test,,"
    })
    void of_address_isTakenApart(String url, String shown, String user, String password) {
        DatabaseConfig config = DatabaseConfig.of(url);
        assertThat(config.url()).isEqualTo(shown);
        assertThat(config.user()).isEqualTo(Optional.ofNullable(user));
        assertThat(config.password().map(DatabaseConfigTest::text))
                .isEqualTo(Optional.ofNullable(password));
        assertThat(DatabaseConfig.of(config.url()).url()).isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "mysql://map:s3cr3t@db/a",
                "postgres://map:s3cr3t/x@db/a",
                "postgres://map:12/s3cr3t@db/a",
                "postgres://map:x@s3cr3t@db/a",
                "postgres://map:x?s3cr3t@db/a",
                "postgres://map:x#s3cr3t@db/a",
                "postgres://map:s3cr3t%@db/a",
                "postgres://map:s3cr3t%ff@db/a",
                "postgres://map:s3cr3t@db:port/a",
                "postgres://map:s3cr3t@db:70000/a",
                "postgres://map:s3cr3t@db:0/a",
                "postgres://map:s3cr3t@d b/a",
                "postgres://map:s3cr3t@[db]/a",
                "postgres://map:s3cr3t@db/a/b",
                "postgres://map:s3cr3t@db/a?socketFactory=evil.Class",
                "postgres://map:s3cr3t@db/a?s3cr3t",
                "postgres://map@db/a?password=s3cr3t&password=s3cr3t",
                "postgres://db",
                "h2:",
                "h2:mem:s3cr3t",
                "h2:/tmp/x;INIT=RUNSCRIPT FROM 's3cr3t'",
                "jdbc:h2:tcp://host/s3cr3t",
                "jdbc:h2:mem:s3cr3t;INIT=x",
                "jdbc:h2:zip:s3cr3t"
            })
    void of_addressOutsideTheRules_isRefusedWithoutQuotingIt(String url) {
        assertThatThrownBy(() -> DatabaseConfig.of(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the database address ")
                .hasMessageNotContaining(SECRET);
    }

    @Test
    void toString_withPassword_showsNone() {
        DatabaseConfig config = DatabaseConfig.of("postgres://map:" + SECRET + "@db/a");
        assertThat(config.toString()).contains("db:5432/a").doesNotContain(SECRET);
    }

    @Test
    void remoteAddresses_ofEachKind_areWhatWillBeConnectedTo() {
        assertThat(DatabaseConfig.of("postgres://m@one,[::1]:1/a").remoteAddresses())
                .containsExactly("one:5432", "[::1]:1");
        assertThat(DatabaseConfig.of("h2:/a").remoteAddresses()).isEmpty();
    }

    @Test
    void constructor_passwordTwice_isRefused() {
        assertThatThrownBy(() ->
                        new DatabaseConfig(
                                "postgres://map:a@db/a",
                                Optional.empty(),
                                Optional.of(Secret.copyOf(new byte[] {1})),
                                1))
                .hasMessageContaining("password is given both");
    }

    @Test
    void read_environmentOverFile_takesItAndShowsNoPassword() {
        ConfigRoot root =
                ConfigRoot.load(
                        Optional.empty(),
                        Map.of("MAP_DB_URL", "postgres://map:" + SECRET + "@db/a"));
        DatabaseConfig config = DatabaseConfig.read(root.section("database"));
        root.finish();
        assertThat(config.url()).isEqualTo("postgres://db:5432/a");
        assertThat(config.password().map(DatabaseConfigTest::text)).contains(SECRET);
        assertThat(root.effectiveSettings().toString()).doesNotContain(SECRET);
    }

    @Test
    void read_urlByFile_takesIt(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("url");
        Files.writeString(file, "postgres://map:" + SECRET + "@db/a\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        ConfigRoot root =
                ConfigRoot.load(Optional.empty(), Map.of("MAP_DB_URL_FILE", file.toString()));
        DatabaseConfig config = DatabaseConfig.read(root.section("database"));
        root.finish();
        assertThat(config.user()).contains("map");
    }

    @Test
    void read_nothing_isTheEmbeddedDatabase() {
        ConfigRoot root = ConfigRoot.load(Optional.empty(), Map.of());
        DatabaseConfig config = DatabaseConfig.read(root.section("database"));
        root.finish();
        assertThat(config.dialect()).isEqualTo(Dialect.H2);
        assertThat(config.isPersistent()).isTrue();
    }

    @Test
    void read_badUrl_isAProblemWithoutItsText() {
        ConfigRoot root =
                ConfigRoot.load(
                        Optional.empty(),
                        Map.of("MAP_DB_URL", "postgres://map:" + SECRET + "/@db"));
        DatabaseConfig.read(root.section("database"));
        assertThatThrownBy(root::finish)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("database.url")
                .hasMessageNotContaining(SECRET);
    }

    private static String text(Secret secret) {
        return secret.use(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }
}
