package dev.mapsovereign.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.config.ConfigException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NodeConfigTest {
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
    void load_databaseThatIsNotListed_isRefused() {
        assertThatThrownBy(() ->
                        NodeConfig.load(
                                Optional.of(SAMPLE),
                                Map.of("MAP_DB_URL", "postgres://map@db.example:5432/map")))
                .hasMessageContaining("db.example:5432 is not in sovereign.allowed_egress");
    }

    @Test
    void load_reachableGatewayWithoutTls_isRefused() {
        assertThatThrownBy(() ->
                        NodeConfig.load(Optional.empty(), Map.of("APP_BIND_ADDR", "0.0.0.0:8443")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("cert_file");
    }
}
