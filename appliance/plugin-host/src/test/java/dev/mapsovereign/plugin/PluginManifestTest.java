package dev.mapsovereign.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PluginManifestTest {
    private static String sample() throws Exception {
        return Files.readString(PluginFolders.SAMPLE.resolve("plugin.toml"));
    }

    private static PluginManifest parse(String toml) throws PluginRefusedException {
        return PluginManifest.parse(toml.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void parse_sample_isWhatItSays() throws Exception {
        PluginManifest manifest = parse(sample());

        assertThat(manifest.name()).isEqualTo("echo");
        assertThat(manifest.protocol()).isEqualTo("ECHO");
        assertThat(manifest.memoryPages()).isEqualTo(16);
        assertThat(manifest.operations()).containsOnlyKeys("echo");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "memory_pages = 16 | memory_pages = 100000 | memory_pages = 100000 must be from 1 to 1024",
                "max_ms = 500 | max_ms = 0 | max_ms = 0 must be from 1 to 30000",
                "path = \"echo.wasm\" | path = \"../echo.wasm\" | must match",
                "path = \"echo.wasm\" | path = \"/etc/passwd\" | must match",
                "abi = \"map-invoke/1\" | abi = \"map-invoke/2\" | must be map-invoke/1 or wasi-command/1",
                "name = \"echo\" | name = \"Echo\" | must match",
                "protocol = \"ECHO\" | protocol = \"echo\" | must match",
                "version = \"1.0.0\" | version = \"1.0\" | MAJOR.MINOR.PATCH",
                "plugin_type = \"Protocol\" | plugin_type = \"Gateway\" | must be one of",
                "source_type = \"wasm\" | source_type = \"elf\" | must be one of",
                "max_ms = 500 | max_mss = 500 | unknown key plugin.limits.max_mss",
                "max_ms = 500 | max_ms = \"500\" | max_ms",
                "[plugin.limits] | [plugin | plugin.toml"
            })
    void parse_badValue_isRefusedByName(String from, String to, String reason) throws Exception {
        String toml = sample();
        assertThat(toml).contains(from);

        assertThatThrownBy(() -> parse(toml.replace(from, to)))
                .isInstanceOf(PluginRefusedException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({
        "1.0.0, 1.0.1",
        "1.9.0, 1.10.0",
        "1.0.0-rc.1, 1.0.0",
        "1.0.0-rc.2, 1.0.0-rc.10",
        "1.0.0-1, 1.0.0-alpha",
        "1.0.0-alpha, 1.0.0-alpha.1"
    })
    void compareTo_versions_areOrderedAsSemverSays(String lower, String higher) {
        assertThat(PluginVersion.parse(lower)).isLessThan(PluginVersion.parse(higher));
        assertThat(PluginVersion.parse(higher)).isGreaterThan(PluginVersion.parse(lower));
    }
}
