package dev.mapsovereign.plugin;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Map;

/**
 * A plugin that passed every check and is compiled. It stays usable for calls that began before it
 * was replaced.
 */
public final class LoadedPlugin {
    /** An operation with its schemas, as the plugin's signed files have them. */
    public record Schemas(JsonObject request, JsonObject response) {}

    private final PluginManifest manifest;
    private final Guest guest;
    private final Map<String, Schemas> schemas;
    private final String signer;
    private final String sha256;

    LoadedPlugin(
            PluginManifest manifest,
            Guest guest,
            Map<String, Schemas> schemas,
            String signer,
            String sha256) {
        this.manifest = manifest;
        this.guest = guest;
        this.schemas = Map.copyOf(schemas);
        this.signer = signer;
        this.sha256 = sha256;
    }

    /** What the plugin says of itself. */
    public PluginManifest manifest() {
        return manifest;
    }

    /** Its operations' schemas, by operation. */
    public Map<String, Schemas> schemas() {
        return schemas;
    }

    /** Name of the key that signed it; {@code unsigned} only where the site allows that. */
    public String signer() {
        return signer;
    }

    /** Digest of the WASM bytes that run, lower-case hex. */
    public String sha256() {
        return sha256;
    }

    Guest guest() {
        return guest;
    }
}
