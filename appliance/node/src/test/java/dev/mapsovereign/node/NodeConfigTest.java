package dev.mapsovereign.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.config.ConfigException;
import dev.mapsovereign.engine.ratelimit.OnBackendFailure;
import dev.mapsovereign.engine.trace.TraceConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeConfigTest {
    @TempDir private Path folder;

    private static final Path SAMPLE = Path.of("../../installer/src/main/config/map.toml");

    @Test
    void load_sampleOfTheRelease_isGood() {
        NodeConfig config = NodeConfig.load(Optional.of(SAMPLE), Map.of());

        assertThat(config.name().value()).isEqualTo("node1");
        assertThat(config.folders().audit()).isEqualTo(Path.of("/var/lib/map/audit"));
        assertThat(config.folders().controlSocket()).isEqualTo(Path.of("/run/map/control.sock"));
        assertThat(config.plugins().signaturesRequired()).isTrue();
        assertThat(config.warnings()).isEmpty();
    }

    @Test
    void load_environment_overridesTheFile() {
        NodeConfig config =
                NodeConfig.load(
                        Optional.of(SAMPLE),
                        Map.of(
                                "APP_BIND_ADDR", "127.0.0.1:9443",
                                "MAP_AUDIT_BUFFER_DIR", "/srv/audit",
                                "MAP_PLUGIN_REQUIRE_SIGNATURES", "false",
                                "MAP_TENANT_ID", "acme",
                                "MIM_QOS_DEFAULT_LEVEL", "ExactlyOnce"));

        assertThat(config.gateway().bind().port()).isEqualTo(9443);
        assertThat(config.folders().audit()).isEqualTo(Path.of("/srv/audit"));
        assertThat(config.plugins().signaturesRequired()).isFalse();
        assertThat(config.tenant().value()).isEqualTo("acme");
        assertThat(config.mim().qualityDefault().wire()).isEqualTo("ExactlyOnce");
    }

    @Test
    void load_redis_mustBeListedUnlessItIsASocketOfThisHost() {
        assertThatThrownBy(() ->
                        NodeConfig.load(
                                Optional.of(SAMPLE),
                                Map.of("MAP_REDIS_URL", "redis://:hunter2@redis.example/1")))
                .hasMessageContaining(
                        "Redis at redis.example:6379 is not in sovereign.allowed_egress")
                .hasMessageNotContaining("hunter2");
        NodeConfig config =
                NodeConfig.load(
                        Optional.of(SAMPLE),
                        Map.of(
                                "MAP_REDIS_URL", "unix:/run/redis/redis.sock",
                                "MAP_RATE_LIMIT_BACKEND", "redis"));
        assertThat(config.redis()).isPresent();
        assertThat(config.sharedLimits()).hasValue(OnBackendFailure.LOCAL);
    }

    @Test
    void load_traceCollector_mustBeListed() throws Exception {
        assertThatThrownBy(() ->
                        NodeConfig.load(
                                Optional.of(SAMPLE),
                                Map.of("MAP_OTEL_ENDPOINT", "http://collector.example")))
                .hasMessageContaining(
                        "the trace collector at collector.example:80 is not in"
                                + " sovereign.allowed_egress");
        Path file = traced("otlp_endpoint = \"https://collector.example:4318\"\nkept = 256\n");
        TraceConfig trace = NodeConfig.load(Optional.of(file), Map.of()).trace();
        assertThat(trace.collector().orElseThrow().address())
                .hasToString("https://collector.example:4318/v1/traces");
        assertThat(trace.samplePercent()).isEqualTo(100);
        assertThat(trace.kept()).isEqualTo(256);
        assertThat(
                        NodeConfig.load(
                                        Optional.of(file),
                                        Map.of(
                                                "MAP_OTEL_ENDPOINT",
                                                "http://collector.example:4318/mine"))
                                .trace()
                                .collector()
                                .orElseThrow()
                                .address())
                .hasToString("http://collector.example:4318/mine");
        assertThat(NodeConfig.load(Optional.of(SAMPLE), Map.of()).trace().on()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "otlp_endpoint = 'collector.example:4318'         | https://host:port/path",
                "otlp_endpoint = 'grpc://collector.example:4317'  | https://host:port/path",
                "otlp_endpoint = 'http://me@collector.example/'   | https://host:port/path",
                "otlp_endpoint = 'http://collector.example/?a=b'  | https://host:port/path",
                "sample_percent = 101                             | sample_percent",
                "kept = 5000                                      | kept",
                "keep = 5                                         | keep",
                "ca_file = 'ca.pem'                               | go with an otlp_endpoint",
                "crl_file = 'crl.pem'                             | goes with ca_file",
                "cert_file = 'cert.pem'                           | goes with key_file"
            })
    void load_traceThatCannotBe_isRefused(String line, String problem) throws Exception {
        Path file = traced(line.strip() + "\n");

        assertThatThrownBy(() -> NodeConfig.load(Optional.of(file), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(problem);
    }

    private Path traced(String lines) throws Exception {
        return Files.writeString(
                folder.resolve("map.toml"),
                """
                [gateway]
                bind = "127.0.0.1:0"
                plain_http_on_loopback = true
                [sovereign]
                allowed_egress = ["collector.example:4318"]
                [trace]
                """
                        + lines);
    }

    @Test
    void load_limitsInRedisWithoutAddress_isRefused() {
        assertThatThrownBy(() ->
                        NodeConfig.load(
                                Optional.of(SAMPLE), Map.of("MAP_RATE_LIMIT_BACKEND", "redis")))
                .hasMessageContaining("redis.url is missing");
        assertThat(NodeConfig.load(Optional.of(SAMPLE), Map.of()).sharedLimits()).isEmpty();
    }

    @Test
    void load_databaseThatIsNotListed_isRefused() {
        assertThatThrownBy(() ->
                        NodeConfig.load(
                                Optional.of(SAMPLE),
                                Map.of("MAP_DB_URL", "postgres://map@db.example:5432/map")))
                .hasMessageContaining("db.example:5432 is not in sovereign.allowed_egress");
    }

    @Test
    void load_kafka_needsBrokersThatAreListedAndTrustOrPlaintext() throws Exception {
        Path file = folder.resolve("map.toml");
        Files.writeString(
                file,
                """
                [audit]
                sink = "kafka"
                [gateway]
                bind = "127.0.0.1:0"
                plain_http_on_loopback = true
                [audit.kafka]
                """);
        assertThatThrownBy(() -> NodeConfig.load(Optional.of(file), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("brokers")
                .hasMessageContaining("plaintext = true");
        Files.writeString(
                file,
                "brokers = [\"k1.site:9092\"]\nplaintext = true\n",
                StandardOpenOption.APPEND);
        assertThatThrownBy(() -> NodeConfig.load(Optional.of(file), Map.of()))
                .hasMessageContaining("k1.site:9092 is not in sovereign.allowed_egress");
        Files.writeString(
                file,
                "[sovereign]\nallowed_egress = [\"k1.site:9092\"]\n",
                StandardOpenOption.APPEND);
        NodeConfig config = NodeConfig.load(Optional.of(file), Map.of());
        assertThat(config.kafka().orElseThrow().topic()).isEqualTo("map-audit");
        assertThat(config.kafka().orElseThrow().mayConnect().test("k2.site:9092")).isFalse();
        assertThat(
                        NodeConfig.load(Optional.of(file), Map.of("MAP_AUDIT_SINK", "production"))
                                .kafka())
                .isEmpty();
    }

    @Test
    void load_auditInMemory_isForDevelopmentAloneAndSaid() throws Exception {
        Map<String, String> memory = Map.of("MAP_AUDIT_SINK", "memory");
        assertThatThrownBy(() -> NodeConfig.load(Optional.of(SAMPLE), memory))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining("audit.sink is memory");
        Path file = folder.resolve("map.toml");
        Files.writeString(
                file,
                """
                [node]
                mode = "development"
                data = "%s"
                [gateway]
                bind = "127.0.0.1:0"
                plain_http_on_loopback = true
                """
                        .formatted(folder));
        NodeConfig config = NodeConfig.load(Optional.of(file), memory);
        assertThat(config.folders().audit().getParent()).isEqualTo(Path.of("/dev/shm"));
        assertThat(config.folders().data()).isEqualTo(folder);
        assertThat(config.warnings()).anyMatch(warning -> warning.contains("sink is memory"));
        assertThat(NodeConfig.load(Optional.of(file), Map.of()).folders().audit())
                .isEqualTo(folder.resolve("audit"));
    }

    @Test
    void auditInMemory_folderThatOthersMayUse_isRefused() throws Exception {
        Path data = folder.resolve("data");
        NodeFolders folders = new NodeFolders(data, data, data, data, data).auditInMemory();
        try {
            folders.requireOwnMemory();
            folders.requireOwnMemory();
            Files.setPosixFilePermissions(
                    folders.audit(), PosixFilePermissions.fromString("rwxrwxrwx"));
            assertThatThrownBy(folders::requireOwnMemory)
                    .isInstanceOf(OperatorException.class)
                    .hasMessageContaining("not this user's alone");
            Files.delete(folders.audit());
            Files.createSymbolicLink(folders.audit(), folder);
            assertThatThrownBy(folders::requireOwnMemory).hasMessageContaining("cannot make");
        } finally {
            Files.deleteIfExists(folders.audit());
        }
    }

    @Test
    void serve_kafkaWithoutItsArchive_saysWhichToUnpack() throws Exception {
        Path file = folder.resolve("map.toml");
        Files.writeString(
                file,
                """
                [node]
                data = "%1$s/data"
                run = "%1$s/run"
                keys = "%1$s/keys"
                [gateway]
                bind = "127.0.0.1:0"
                plain_http_on_loopback = true
                [audit]
                sink = "kafka"
                [audit.kafka]
                brokers = ["127.0.0.1:1"]
                plaintext = true
                [sovereign]
                allowed_egress = ["127.0.0.1:1"]
                """
                        .formatted(folder));
        NodeConfig config = NodeConfig.load(Optional.of(file), Map.of());
        try (NodeCore core = NodeCore.open(config)) {
            assertThatThrownBy(core::kafkaProvider)
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> {
                                assertThat(e.exit()).isEqualTo(ExitCode.ENVIRONMENT);
                                assertThat(e.hint().orElseThrow())
                                        .contains(
                                                "unpack map-sovereign-kafka-"
                                                        + core.build().version()
                                                        + ".tar.gz");
                            });
        }
        assertThat(folder.resolve("data")).as("nothing was opened").doesNotExist();
    }

    @Test
    void load_reachableGatewayWithoutTls_isRefused() {
        assertThatThrownBy(() ->
                        NodeConfig.load(Optional.empty(), Map.of("APP_BIND_ADDR", "0.0.0.0:8443")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("cert_file");
    }
}
