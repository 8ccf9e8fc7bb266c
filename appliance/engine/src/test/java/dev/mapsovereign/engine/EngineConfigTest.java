package dev.mapsovereign.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.config.ConfigException;
import dev.mapsovereign.config.ConfigRoot;
import dev.mapsovereign.engine.capability.ConfiguredCapability;
import dev.mapsovereign.engine.ratelimit.Rate;
import dev.mapsovereign.engine.route.ExternalRoute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        assertThat(route.healthPath()).contains("/health");
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
