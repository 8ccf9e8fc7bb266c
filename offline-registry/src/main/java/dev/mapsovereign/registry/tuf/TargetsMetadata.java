package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The role {@code targets}: the files that carry the registry (TUF 1.0, 4.5).
 *
 * @param version the number
 * @param expires end of validity
 * @param files by name, sorted
 */
public record TargetsMetadata(long version, Instant expires, Map<String, TargetFile> files) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,99}");

    /**
     * One target file.
     *
     * @param length its bytes as carried
     * @param sha256 its digest as carried
     * @param custom what the registry says about it: the member {@code custom.map}
     */
    public record TargetFile(long length, byte[] sha256, JsonObject custom) {
        /** The name on the medium, as TUF's consistent snapshots want it. */
        public String carriedName(String name) {
            return Hex.encode(sha256) + "." + name;
        }
    }

    public TargetsMetadata {
        files = Collections.unmodifiableMap(new TreeMap<>(files));
    }

    static TargetsMetadata parse(String file, JsonObject signed) {
        long version = MetadataFields.version(file, signed, RoleName.TARGETS);
        if (signed.get("delegations").isPresent()) {
            throw MetadataFields.malformed(file, "delegations are not used here");
        }
        JsonObject targets = MetadataFields.object(file, signed, "targets");
        if (targets.members().size() > Limits.PARTS_MAX + 16) {
            throw MetadataFields.malformed(file, targets.members().size() + " target files");
        }
        Map<String, TargetFile> files = new TreeMap<>();
        for (Map.Entry<String, JsonValue> entry : targets.members().entrySet()) {
            files.put(name(file, entry.getKey()), target(file, entry.getKey(), entry.getValue()));
        }
        return new TargetsMetadata(version, MetadataFields.expires(file, signed), files);
    }

    /** One plain file name: no separator, no dots in front, nothing that a file system folds. */
    private static String name(String file, String name) {
        if (!NAME.matcher(name).matches() || name.contains("..")) {
            throw new RegistryException(
                    RegistryFault.PATH, file + ": a target file is called \"" + name + "\"");
        }
        return name;
    }

    private static TargetFile target(String file, String name, JsonValue value) {
        if (!(value instanceof JsonObject entry)) {
            throw MetadataFields.malformed(file, name + " is no object");
        }
        return new TargetFile(
                MetadataFields.whole(file, entry, "length", 0, Long.MAX_VALUE),
                MetadataFields.sha256(file, entry),
                entry.object("custom")
                        .flatMap(custom -> custom.object("map"))
                        .orElse(JsonObject.EMPTY));
    }

    /** The signed part. */
    public JsonObject json() {
        JsonObject.Builder targets = JsonObject.builder();
        files.forEach((name, target) -> targets.put(name, targetJson(target)));
        return MetadataFields.common(RoleName.TARGETS, version, expires)
                .put("targets", targets.build())
                .build();
    }

    private static JsonObject targetJson(TargetFile target) {
        return JsonObject.builder()
                .put("custom", JsonObject.builder().put("map", target.custom()).build())
                .put(
                        "hashes",
                        JsonObject.builder().put("sha256", Hex.encode(target.sha256())).build())
                .put("length", target.length())
                .build();
    }
}
