package dev.mapsovereign.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.config.ConfigException;
import dev.mapsovereign.config.ConfigRoot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PluginHostConfigTest {
    private static PluginHostConfig read(ConfigRoot root) {
        PluginHostConfig config = PluginHostConfig.read(root, Path.of("/data"), Set.of("MAX"));
        root.finish();
        return config;
    }

    @Test
    void read_nothing_givesTheDefaults() {
        PluginHostConfig config = read(ConfigRoot.load(Optional.empty(), Map.of()));

        assertThat(config)
                .isEqualTo(
                        new PluginHostConfig(
                                Path.of("/data/plugins"),
                                Path.of("/data/plugin-versions.json"),
                                true,
                                new PluginTrust(List.of(), Set.of("MAX")),
                                Set.of(),
                                4,
                                Duration.ofSeconds(5)));
    }

    @Test
    void read_everything_mapsEveryKey() {
        PluginHostConfig config =
                read(
                        ConfigRoot.parse(
                                "map.toml",
                                Path.of("/etc/map"),
                                """
                                [plugins]
                                folder = "/srv/plugins"
                                require_signatures = false
                                pinned = ["echo@1.0.0"]
                                threads = 2
                                scan_interval = "30s"
                                [[trust.plugins]]
                                key = "%s"
                                names = ["echo"]
                                protocols = ["ECHO"]
                                """
                                        .formatted(PluginFolders.SUPPLIER.key().vkey())));

        assertThat(config)
                .isEqualTo(
                        new PluginHostConfig(
                                Path.of("/srv/plugins"),
                                Path.of("/data/plugin-versions.json"),
                                false,
                                new PluginTrust(
                                        List.of(
                                                new PluginTrust.TrustedKey(
                                                        PluginFolders.SUPPLIER.key(),
                                                        List.of("echo"),
                                                        List.of("ECHO"))),
                                        Set.of("MAX")),
                                Set.of("echo@1.0.0"),
                                2,
                                Duration.ofSeconds(30)));
    }

    @Test
    void read_otherEnginePinned_stopsTheStart() {
        ConfigRoot root =
                ConfigRoot.load(Optional.empty(), Map.of("MAP_WASM_RUNTIME_VERSION", "0.0.1"));

        assertThatThrownBy(() -> read(root))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("must be the WASM engine's version here");
    }

    @Test
    void read_otherProductsPin_isIgnoredWithAWarning() {
        ConfigRoot root =
                ConfigRoot.load(Optional.empty(), Map.of("MAP_WASMTIME_VERSION", "37.0.0"));

        read(root);

        assertThat(root.warnings())
                .anyMatch(line -> line.contains("MAP_WASMTIME_VERSION is ignored"));
    }
}
