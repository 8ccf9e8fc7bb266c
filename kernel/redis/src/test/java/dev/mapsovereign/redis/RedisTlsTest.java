package dev.mapsovereign.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.testing.FreePorts;
import dev.mapsovereign.testing.TestRedis;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** TLS by the real server, which asks for the node's certificate; certificates by openssl. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisTlsTest {
    private static final RedisScript ONE = new RedisScript("return {1}");

    private Path folder;
    private TestRedis server;
    private int port;

    @BeforeAll
    void start(@TempDir Path fresh) throws Exception {
        folder = fresh;
        authority("ca");
        authority("other");
        issue("server", "ca", "IP:127.0.0.1");
        issue("node", "ca", "DNS:node");
        port = FreePorts.any();
        server =
                TestRedis.start(
                        List.of(
                                "--tls-port",
                                Integer.toString(port),
                                "--tls-cert-file",
                                file("server.pem"),
                                "--tls-key-file",
                                file("server.key"),
                                "--tls-ca-cert-file",
                                file("ca.pem")));
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void run_overTls_isAnswered() throws Exception {
        try (Redis redis = open("127.0.0.1", "ca.pem", Optional.of("node"))) {
            assertThat(redis.trouble()).isEmpty();
            assertThat(redis.run(ONE, List.of(), List.of())).containsExactly(1L);
        }
    }

    @Test
    void open_serverOfAnotherAuthority_isNotUsed() {
        try (Redis redis = open("127.0.0.1", "other.pem", Optional.of("node"))) {
            assertThat(redis.trouble().orElseThrow()).contains("certification path");
        }
    }

    @Test
    void open_serverOfAnotherName_isNotUsed() {
        try (Redis redis = open("localhost", "ca.pem", Optional.of("node"))) {
            assertThat(redis.trouble().orElseThrow()).contains("localhost");
        }
    }

    @Test
    void open_withoutTheCertificateTheServerAsksFor_isNotUsed() {
        try (Redis redis = open("127.0.0.1", "ca.pem", Optional.empty())) {
            assertThat(redis.trouble()).isPresent();
        }
    }

    @Test
    void open_withoutTlsWhereTheServerWantsIt_isNotUsed() {
        try (Redis redis = Redis.open(RedisConfig.of("redis://127.0.0.1:" + port))) {
            assertThat(redis.trouble()).isPresent();
        }
    }

    @Test
    void open_fileWithoutKey_isNamed() {
        RedisConfig.Tls files =
                new RedisConfig.Tls(
                        path("ca.pem"), Optional.of(path("node.pem")), Optional.of(path("ca.pem")));
        RedisConfig config = RedisConfig.of("rediss://127.0.0.1:" + port, Optional.of(files));
        assertThatThrownBy(() -> Redis.open(config))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining("ca.pem");
    }

    private Redis open(String host, String ca, Optional<String> own) {
        return Redis.open(
                RedisConfig.of(
                                "rediss://" + host + ":" + port,
                                Optional.of(
                                        new RedisConfig.Tls(
                                                path(ca),
                                                own.map(name -> path(name + ".pem")),
                                                own.map(name -> path(name + ".key")))))
                        .withTimeout(Duration.ofSeconds(5)));
    }

    private void authority(String name) throws Exception {
        certificate(name);
    }

    private void issue(String name, String by, String alternativeName) throws Exception {
        certificate(
                name,
                "-addext",
                "subjectAltName=" + alternativeName,
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-CA",
                file(by + ".pem"),
                "-CAkey",
                file(by + ".key"));
        Files.setPosixFilePermissions(
                path(name + ".key"), PosixFilePermissions.fromString("rw-------"));
    }

    private void certificate(String name, String... more) throws Exception {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "req",
                                "-x509",
                                "-newkey",
                                "ec",
                                "-pkeyopt",
                                "ec_paramgen_curve:P-256",
                                "-nodes",
                                "-keyout",
                                file(name + ".key"),
                                "-out",
                                file(name + ".pem"),
                                "-days",
                                "2",
                                "-subj",
                                "/CN=" + name));
        arguments.addAll(List.of(more));
        openssl(arguments.toArray(String[]::new));
    }

    private static void openssl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
    }

    private Path path(String name) {
        return folder.resolve(name);
    }

    private String file(String name) {
        return path(name).toString();
    }
}
