package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.custody.KeyRole;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.plugin.PluginEvent;
import dev.mapsovereign.plugin.PluginHost;
import dev.mapsovereign.plugin.PluginManifest;
import dev.mapsovereign.plugin.PluginRefusedException;
import dev.mapsovereign.plugin.PluginSigner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** WASM plugins: what would run, what would not and why, and the site's own signature. */
final class PluginVerbs {
    private PluginVerbs() {}

    /** Looks at the folder as the node does, with a host of its own that calls nothing. */
    static JsonObject list(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        List<PluginEvent> events = Collections.synchronizedList(new ArrayList<>());
        try (PluginHost _ = PluginHost.open(core.config().plugins(), core.ed25519(), events::add)) {
            List<JsonValue> plugins = new ArrayList<>();
            List<JsonValue> refused = new ArrayList<>();
            for (PluginEvent event : events) {
                switch (event) {
                    case PluginEvent.Loaded loaded ->
                            plugins.add(
                                    JsonObject.builder()
                                            .put("name", loaded.name())
                                            .put("version", loaded.version())
                                            .put("protocol", loaded.protocol())
                                            .put("signer", loaded.signer())
                                            .put("sha256", loaded.sha256())
                                            .build());
                    case PluginEvent.Refused no ->
                            refused.add(
                                    JsonObject.builder()
                                            .put("folder", no.folder())
                                            .put("reason", no.reason())
                                            .build());
                    case PluginEvent.Removed _ -> {
                        // A host that has just been opened removes nothing.
                    }
                }
            }
            return JsonObject.builder()
                    .put("plugins", new JsonArray(plugins))
                    .put("refused", new JsonArray(refused))
                    .build();
        }
    }

    static JsonObject sign(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        Path folder = Arguments.path(arguments, "folder");
        String name = core.config().name().value() + "/plugins";
        try (Secret seed = core.keys().seed(KeyRole.PLUGIN)) {
            NoteSigner signer = seed.use(bytes -> NoteSigners.ed25519(name, bytes, core.ed25519()));
            PluginManifest manifest = PluginSigner.sign(folder, signer);
            return JsonObject.builder()
                    .put("name", manifest.name())
                    .put("version", manifest.version().toString())
                    .put("protocol", manifest.protocol())
                    .put("key", signer.key().vkey())
                    .build();
        } catch (PluginRefusedException e) {
            throw new OperatorException(
                    ExitCode.FAILED, "plugin " + folder.getFileName() + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "couldn't sign " + folder + ": " + e.getMessage(), e);
        }
    }
}
