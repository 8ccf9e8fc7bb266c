package dev.mapsovereign.plugin;

import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * The highest version of each plugin that ever ran here: whoever can write the plugin folder must
 * not bring back an old version with a known hole, though its signature is still good.
 *
 * <p>Not safe for use by several threads; the host calls it under its own lock.
 */
final class VersionFloor {
    private final Path file;
    private JsonObject highest;

    VersionFloor(Path file) {
        this.file = file;
        try {
            highest =
                    Files.exists(file)
                            ? JsonReader.parseObject(
                                    Files.readAllBytes(file), JsonReader.Limits.DEFAULT)
                            : JsonObject.EMPTY;
        } catch (IOException e) {
            throw new UncheckedIOException("couldn't read plugin versions " + file, e);
        }
    }

    void check(PluginManifest manifest, Set<String> pinned) throws PluginRefusedException {
        String known = highest.text(manifest.name()).orElse("");
        boolean pinnedNow = pinned.contains(manifest.name() + "@" + manifest.version());
        if (!known.isEmpty()
                && !pinnedNow
                && manifest.version().compareTo(PluginVersion.parse(known)) < 0) {
            throw new PluginRefusedException(
                    "version "
                            + manifest.version()
                            + " is older than "
                            + known
                            + ", which ran here before; pin it in the configuration to allow that");
        }
    }

    void raise(PluginManifest manifest) {
        String known = highest.text(manifest.name()).orElse("");
        if (known.isEmpty() || manifest.version().compareTo(PluginVersion.parse(known)) > 0) {
            highest = highest.with(manifest.name(), new JsonString(manifest.version().toString()));
            try {
                DurableFiles.write(file, CanonicalJson.encode(highest), Mode.PRIVATE);
            } catch (IOException e) {
                throw new UncheckedIOException("couldn't keep plugin versions in " + file, e);
            }
        }
    }
}
