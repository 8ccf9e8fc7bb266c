package dev.mapsovereign.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.config.ConfigException;
import dev.mapsovereign.config.ConfigRoot;
import dev.mapsovereign.engine.capability.ConfiguredCapability;
import dev.mapsovereign.engine.ratelimit.Rate;
import dev.mapsovereign.engine.route.Endpoint;
import dev.mapsovereign.engine.route.ExternalRoute;
import dev.mapsovereign.engine.route.RetryPolicy;
import dev.mapsovereign.engine.route.VersionDates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EngineConfigTest {
    @TempDir private Path folder;

    @BeforeEach
    void writeSchemas() throws IOException {
        Path schemas = Files.createDirectories(folder.resolve("schemas"));
        Files.writeString(
                schemas.resolve("operations.say.request.json"),
                "{\"type\":\"object\",\"x-map-read-only\":true}");
        Files.writeString(schemas.resolve("operations.say.response.json"), "{\"type\":\"object\"}");
    }

    private EngineConfig read(String toml) {
        ConfigRoot root = ConfigRoot.parse("map.toml", folder, toml);
        EngineConfig config =
                EngineConfig.read(root.section("engine"), root.section("sovereign"), "https");
        root.finishTablesRead();
        return config;
    }

    @Test
    void read_nothing_isTheDefault() {
        EngineConfig config = read("");

        assertThat(config.rateLimits()).isEqualTo(EngineConfig.DEFAULT.rateLimits());
        assertThat(config.callTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.didAuth()).isEqualTo(EngineConfig.DEFAULT.didAuth());
        assertThat(config.breaker()).isEqualTo(EngineConfig.DEFAULT.breaker());
        assertThat(config.externals()).isEmpty();
        assertThat(config.capabilities()).isEmpty();
        assertThat(config.idempotencyKept()).isEqualTo(Duration.ofHours(24));
    }

    @Test
    void read_aliasesAndVersions_areTaken() {
        EngineConfig config =
                read(
                        """
                        [[engine.capability_alias]]
                        name = "map.mind.read"
                        operations = ["map.mind.recall", "map.mind.search"]
                        [[engine.version]]
                        protocol = "MIND"
                        version = "v1.0.0"
                        deprecated = "2027-01-01T00:00:00Z"
                        sunset = "2027-07-01T00:00:00Z"
                        """);

        assertThat(config.aliases().operations().get("map.mind.read"))
                .containsExactly(
                        new CapabilityName("map.mind.recall"),
                        new CapabilityName("map.mind.search"));
        assertThat(config.versions().byVersion())
                .containsEntry(
                        "MIND v1.0.0",
                        new VersionDates.Ending(
                                Instant.parse("2027-01-01T00:00:00Z"),
                                Optional.of(Instant.parse("2027-07-01T00:00:00Z"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[[engine.capability_alias]]\nname = 'map.a.*'\noperations = ['map.a.b']",
                "[[engine.capability_alias]]\nname = 'map.a.r'\noperations = ['map.a.*']",
                "[[engine.capability_alias]]\nname = 'map.a.r'\noperations = ['map.a.r']",
                "[[engine.capability_alias]]\nname = 'map.a.r'\noperations = ['map.a.b']\n"
                        + "[[engine.capability_alias]]\nname = 'map.a.r'\noperations = ['map.a.c']",
                "[[engine.version]]\nprotocol = 'A'\nversion = 'v1.0.0'\ndeprecated = 'soon'",
                "[[engine.version]]\nprotocol = 'A'\nversion = 'v1'\n"
                        + "deprecated = '2027-01-01T00:00:00Z'",
                "[[engine.version]]\nprotocol = 'A'\nversion = 'v1.0.0'\n"
                        + "deprecated = '2027-01-01T00:00:00Z'\nsunset = '2026-01-01T00:00:00Z'"
            })
    void read_aliasOrVersionThatCannotBe_isAProblem(String toml) {
        assertThatThrownBy(() -> read(toml)).isInstanceOf(ConfigException.class);
    }

    @Test
    void read_everything_isTaken() {
        EngineConfig config =
                read(
                        """
                        [sovereign]
                        allowed_egress = ["upstream.example:9443"]
                        [engine]
                        call_timeout = "10s"
                        idempotency_kept = "2h"
                        [engine.rate_limit]
                        per_second = 100
                        [engine.rate_limit.protocol.MIM]
                        per_second = 7
                        burst = 9
                        [engine.rate_limit.tenant.acme]
                        per_second = 3
                        [engine.rate_limit.unverified_total]
                        per_second = 2
                        [engine.did_auth]
                        clock_skew = "30s"
                        [engine.breaker]
                        calls_min = 4
                        window = 8
                        [[engine.capability]]
                        tenant = "acme"
                        did = "did:oas:acme:agent:a"
                        allow = ["map.max.*", "map.mim.message_send"]
                        [[engine.external]]
                        protocol = "ECHO"
                        version = "v1.0.0"
                        endpoints = ["https://upstream.example:9443/v1/dispatch"]
                        schemas = "schemas"
                        health_path = "/health"
                        health_fall = 3
                        ca_file = "ca.pem"
                        cert_file = "client.pem"
                        key_file = "client.key"
                        [[engine.external.endpoint]]
                        address = "https://upstream.example:9443/other"
                        weight = 7
                        [engine.external.retry]
                        tries_max = 3
                        try_timeout = "2s"
                        keyed = true
                        [engine.external.outlier]
                        failures_in_a_row = 9
                        ejection_time = "10m"
                        """);

        assertThat(config.callTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.idempotencyKept()).isEqualTo(Duration.ofHours(2));
        var rates = config.rateLimits();
        assertThat(rates.callsOf(TenantId.of("other"), "MAX")).isEqualTo(Rate.perSecond(100, 200));
        assertThat(rates.callsOf(TenantId.of("other"), "MIM")).isEqualTo(Rate.perSecond(7, 9));
        assertThat(rates.callsOf(TenantId.of("acme"), "MIM")).isEqualTo(Rate.perSecond(3, 6));
        assertThat(rates.unverifiedTotal()).isEqualTo(Rate.perSecond(2, 4));
        assertThat(config.didAuth().clockSkew()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.breaker().window()).isEqualTo(8);
        assertThat(config.capabilities())
                .singleElement()
                .extracting(ConfiguredCapability::capabilities)
                .asString()
                .contains("map.mim.message_send");
        ExternalRoute route = config.externals().getFirst();
        assertThat(route.operations()).singleElement().matches(spec -> spec.readOnly());
        assertThat(route.endpoints()).extracting(Endpoint::weight).containsExactly(1, 7);
        assertThat(route.health().path()).contains("/health");
        assertThat(route.health().fall()).isEqualTo(3);
        assertThat(route.retry())
                .isEqualTo(new RetryPolicy(3, Optional.of(Duration.ofSeconds(2)), 20, 10, true));
        assertThat(route.outlier().failuresInARow()).isEqualTo(9);
        assertThat(route.outlier().ejectionTimeMax()).isEqualTo(Duration.ofMinutes(10));
        assertThat(route.tls().trust().orElseThrow().anchors()).isEqualTo(folder.resolve("ca.pem"));
        assertThat(route.tls().identity()).isPresent();
    }

    @Test
    void read_manyProblems_areReportedTogether() {
        assertThatThrownBy(() ->
                        read(
                                """
                                [sovereign]
                                allowed_egress = ["no port"]
                                [engine]
                                call_timeout = "1h"
                                [engine.rate_limit]
                                per_second = 0
                                [engine.rate_limit.tenant.NUL]
                                per_second = 5
                                [engine.breaker]
                                calls_min = 9
                                window = 3
                                [[engine.capability]]
                                allow = ["max.*"]
                                [[engine.external]]
                                protocol = "echo"
                                version = "1"
                                endpoints = ["ftp://x/", "https://a:1/"]
                                schemas = "nowhere"
                                """))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("allowed_egress")
                .hasMessageContaining("call_timeout")
                .hasMessageContaining("per_second")
                .hasMessageContaining("NUL")
                .hasMessageContaining("window")
                .hasMessageContaining("allow")
                .hasMessageContaining("protocol")
                .hasMessageContaining("version")
                .hasMessageContaining("endpoints")
                .hasMessageContaining("schemas");
    }

    @Test
    void read_endpointsAndFilesThatContradict_areRefused() {
        assertThatThrownBy(() ->
                        read(
                                """
                                [sovereign]
                                allowed_egress = ["a:1"]
                                [engine.breaker]
                                slow_percent = 0
                                [[engine.external]]
                                protocol = "ECHO"
                                version = "v1.0.0"
                                endpoints = ["https://a:1/"]
                                schemas = "schemas"
                                crl_file = "list.crl"
                                key_file = "client.key"
                                [[engine.external.endpoint]]
                                address = "https://a:1/"
                                weight = 101
                                [engine.external.retry]
                                try_timeout = "31s"
                                [engine.external.outlier]
                                ejection_time = "1m"
                                ejection_time_max = "1s"
                                [[engine.external]]
                                protocol = "NONE"
                                version = "v1.0.0"
                                schemas = "schemas"
                                """))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("slow_percent")
                .hasMessageContaining("crl_file: goes with ca_file")
                .hasMessageContaining("cert_file: goes with key_file")
                .hasMessageContaining("one address stands there twice")
                .hasMessageContaining("weight")
                .hasMessageContaining("try_timeout")
                .hasMessageContaining("ejection_time_max: must be at least ejection_time")
                .hasMessageContaining("[1].endpoints: must hold 1 to 64 addresses");
    }

    @Test
    void read_endpointThatMayNotBeReached_isRefusedAtTheStart() {
        assertThatThrownBy(() ->
                        read(
                                """
                                [sovereign]
                                allowed_egress = ["upstream.example:9443"]
                                [[engine.external]]
                                protocol = "ECHO"
                                version = "v1.0.0"
                                endpoints = ["https://upstream.example:9444/"]
                                schemas = "schemas"
                                """))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("upstream.example:9444 is not named");
    }
}
