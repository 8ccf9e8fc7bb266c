package dev.mapsovereign.plugin;

import dev.mapsovereign.base.note.VerifierKey;
import dev.mapsovereign.config.ConfigRoot;
import dev.mapsovereign.config.ConfigSection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Settings of the plugin host.
 *
 * @param folder scanned for plugins, one folder each ({@code MAP_PLUGIN_DIR})
 * @param stateFile where the highest version ever loaded of each plugin is kept
 * @param signaturesRequired whether unsigned plugins are refused ({@code
 *     MAP_PLUGIN_REQUIRE_SIGNATURES})
 * @param pinned {@code name@version} that may run although a higher version once ran
 * @param threads calls that run at once; a runaway guest holds one until it is stopped
 * @param scanInterval how often the folder is looked at for plugins added, replaced or removed
 */
public record PluginHostConfig(
        Path folder,
        Path stateFile,
        boolean signaturesRequired,
        PluginTrust trust,
        Set<String> pinned,
        int threads,
        Duration scanInterval) {
    public PluginHostConfig {
        pinned = Set.copyOf(pinned);
        if (threads < 1 || threads > 64) {
            throw new IllegalArgumentException(
                    "plugin threads must be from 1 to 64, not " + threads);
        }
    }

    /**
     * Reads {@code [plugins]} and {@code [[trust.plugins]]}.
     *
     * @param data the node's data folder, below which the defaults lie
     * @param nativeProtocols names no plugin may claim
     */
    public static PluginHostConfig read(ConfigRoot root, Path data, Set<String> nativeProtocols) {
        ConfigSection plugins = root.section("plugins");
        checkRuntime(root, plugins);
        return new PluginHostConfig(
                plugins.path("folder").env("MAP_PLUGIN_DIR").orElse(data.resolve("plugins")),
                data.resolve("plugin-versions.json"),
                plugins.bool("require_signatures")
                        .env("MAP_PLUGIN_REQUIRE_SIGNATURES")
                        .orElse(true),
                trust(root.section("trust"), nativeProtocols),
                Set.copyOf(plugins.texts("pinned").orElse(List.of())),
                plugins.integer("threads", 1, 64).orElse(THREADS_DEFAULT),
                plugins.duration("scan_interval", Duration.ofSeconds(1), Duration.ofHours(1))
                        .orElse(Duration.ofSeconds(5)));
    }

    private static PluginTrust trust(ConfigSection trust, Set<String> nativeProtocols) {
        List<PluginTrust.TrustedKey> keys =
                trust.tables("plugins").stream()
                        .map(key ->
                                new PluginTrust.TrustedKey(
                                        key.text("key")
                                                .as(VerifierKey::parse, KEY_EXAMPLE)
                                                .required(),
                                        key.texts("names").orElse(List.of("*")),
                                        key.texts("protocols").orElse(List.of("*"))))
                        .toList();
        return new PluginTrust(keys, nativeProtocols);
    }

    /**
     * A pinned engine that is not the one in the release means: not the release that was examined.
     */
    private static void checkRuntime(ConfigRoot root, ConfigSection plugins) {
        String actual = PluginHost.runtimeVersion();
        plugins.text("runtime_version")
                .env("MAP_WASM_RUNTIME_VERSION")
                .where(actual::equals, "must be the WASM engine's version here, " + actual)
                .optional();
        if (root.variable("MAP_WASMTIME_VERSION").isPresent()) {
            root.warn(
                    "MAP_WASMTIME_VERSION is ignored: the WASM engine here is Chicory "
                            + actual
                            + "; pin it by MAP_WASM_RUNTIME_VERSION");
        }
    }

    /** The verifier key that C2SP signed-note shows as its example. */
    private static final String KEY_EXAMPLE =
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    /** Two runaways at once leave two threads for the others. */
    private static final int THREADS_DEFAULT = 4;
}
