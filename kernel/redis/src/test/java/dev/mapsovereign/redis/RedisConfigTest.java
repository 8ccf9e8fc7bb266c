package dev.mapsovereign.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.config.ConfigException;
import dev.mapsovereign.config.ConfigRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisConfigTest {
    @TempDir private Path folder;

    @Test
    void read_withoutAnything_isNone() {
        assertThat(read("", Map.of())).isEmpty();
    }

    @Test
    void read_everything_isTaken() throws Exception {
        Path password = folder.resolve("password");
        Files.writeString(password, "from a file\n");
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));

        RedisConfig config =
                read(
                                """
                                [redis]
                                url = "rediss://redis.site:7000/3"
                                user = "node"
                                password_file = "password"
                                ca_file = "ca.pem"
                                pool_size = 2
                                timeout = "20ms"
                                """,
                                Map.of())
                        .orElseThrow();

        assertThat(config.address()).isEqualTo(new RedisAddress.Tcp("redis.site", 7000, true));
        assertThat(config.database()).isEqualTo(3);
        assertThat(config.user()).hasValue("node");
        assertThat(passwordOf(config)).isEqualTo("from a file");
        assertThat(config.tls().orElseThrow().caFile()).isEqualTo(folder.resolve("ca.pem"));
        assertThat(config.poolSize()).isEqualTo(2);
        assertThat(config.timeout()).isEqualTo(Duration.ofMillis(20));
        assertThat(config.remoteAddresses()).containsExactly("redis.site:7000");
    }

    @Test
    void read_passwordInTheVariable_isTakenAndNowhereShown() {
        RedisConfig config =
                read("", Map.of("MAP_REDIS_URL", "redis://node:s%40cret+1@[::1]")).orElseThrow();

        assertThat(config.address()).hasToString("[::1]:6379");
        assertThat(passwordOf(config)).isEqualTo("s@cret+1");
        assertThat(config.toString()).doesNotContain("cret+1");
    }

    @Test
    void read_unixSocket_connectsNowhere() {
        RedisConfig config =
                read("", Map.of("MAP_REDIS_URL", "unix:/run/redis/redis.sock?db=4")).orElseThrow();

        assertThat(config.address())
                .isEqualTo(new RedisAddress.Unix(Path.of("/run/redis/redis.sock")));
        assertThat(config.database()).isEqualTo(4);
        assertThat(config.remoteAddresses()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://host:6379",
                "redis://",
                "redis://host:0",
                "redis://host:70000",
                "redis://host/one",
                "redis://host/0?x=hunter2",
                "redis://node:hunter2@",
                "redis://hunter2 host",
                "unix:relative",
                "unix:/run/redis.sock?db=hunter2",
                "redis://node@host",
                "rediss://host"
            })
    void read_badAddress_isAProblemThatQuotesNothing(String url) {
        assertThatThrownBy(() -> read("", Map.of("MAP_REDIS_URL", url)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("redis.url: ")
                .hasMessageNotContaining("hunter2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pool_size = 0 | redis.pool_size",
                "timeout = \"1ms\" | redis.timeout",
                "timeout = \"6s\" | redis.timeout",
                "cert_file = \"c.pem\" | redis.cert_file: goes with key_file and ca_file",
                "ca_file = \"ca.pem\" | redis: and unix: with none",
                "user = \"u\" | a user needs a password",
                "url_file = \"absent\" | redis.url_file"
            })
    void read_badTable_isAProblem(String line, String problem) {
        String table = "[redis]\nurl = \"redis://127.0.0.1\"\n" + line + "\n";
        assertThatThrownBy(() -> read(table, Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void read_tableWithoutAddress_isAProblem() {
        assertThatThrownBy(() -> read("[redis]\npool_size = 2\n", Map.of()))
                .hasMessageContaining("redis.url: missing");
    }

    private static String passwordOf(RedisConfig config) {
        return config.password()
                .orElseThrow()
                .use(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private Optional<RedisConfig> read(String toml, Map<String, String> environment) {
        Path file = folder.resolve("map.toml");
        try {
            Files.writeString(file, toml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ConfigRoot root = ConfigRoot.load(Optional.of(file), environment);
        var reading = root.read("redis", RedisConfig::read);
        root.finish();
        return reading.get();
    }
}
