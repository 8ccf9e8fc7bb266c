package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The role {@code root}: who signs for every role, itself included (TUF 1.0, 4.3).
 *
 * @param version from 1, rising by one
 * @param expires end of validity
 * @param roles all four roles
 * @param lifts revocations that the root takes back, an addition of ours (member {@code map_lifts})
 */
public record RootMetadata(
        long version, Instant expires, Map<RoleName, RoleKeys> roles, List<Lift> lifts) {
    private static final int LIFTS_MAX = 256;

    /**
     * Takes one DID out of the revocation list.
     *
     * @param did whose entry is lifted
     * @param number last list number whose entry is lifted; a later revocation stands
     */
    public record Lift(AgentDid did, long number) {}

    /** Refuses a root that leaves a role without keys. */
    public RootMetadata {
        roles = Map.copyOf(roles);
        lifts = List.copyOf(lifts);
        for (RoleName role : RoleName.values()) {
            if (!roles.containsKey(role)) {
                throw MetadataFields.malformed("root " + version, "has no role " + role.wire());
            }
        }
    }

    /** The keys of {@code role}. */
    public RoleKeys keys(RoleName role) {
        RoleKeys keys = roles.get(role);
        if (keys == null) {
            throw new IllegalStateException("a root without " + role);
        }
        return keys;
    }

    /**
     * Reads the signed part; signatures are the caller's.
     *
     * @throws RegistryException {@code MALFORMED}
     */
    public static RootMetadata parse(String file, JsonObject signed) {
        long version = MetadataFields.version(file, signed, RoleName.ROOT);
        if (!signed.bool("consistent_snapshot").orElse(false)) {
            throw MetadataFields.malformed(file, "consistent_snapshot is not true");
        }
        Map<String, MetadataKey> keys = keys(file, MetadataFields.object(file, signed, "keys"));
        JsonObject roles = MetadataFields.object(file, signed, "roles");
        Map<RoleName, RoleKeys> roleKeys = new EnumMap<>(RoleName.class);
        for (RoleName role : RoleName.values()) {
            JsonObject entry = MetadataFields.object(file, roles, role.wire());
            roleKeys.put(role, role(file, entry, keys));
        }
        return new RootMetadata(
                version, MetadataFields.expires(file, signed), roleKeys, lifts(file, signed));
    }

    private static Map<String, MetadataKey> keys(String file, JsonObject json) {
        Map<String, MetadataKey> keys = new TreeMap<>();
        json.members()
                .forEach((id, value) -> {
                    if (!(value instanceof JsonObject key)) {
                        throw MetadataFields.malformed(file, "key " + id + " is no object");
                    }
                    keys.put(id, MetadataKey.parse(id, key));
                });
        return keys;
    }

    private static RoleKeys role(String file, JsonObject entry, Map<String, MetadataKey> keys) {
        List<MetadataKey> own = new ArrayList<>();
        for (String id : texts(file, entry, "keyids")) {
            MetadataKey key = keys.get(id);
            if (key == null) {
                throw MetadataFields.malformed(
                        file, "a role names the key " + id + ", which is missing");
            }
            own.add(key);
        }
        return new RoleKeys(
                own, (int) MetadataFields.whole(file, entry, "threshold", 1, Integer.MAX_VALUE));
    }

    private static List<String> texts(String file, JsonObject object, String name) {
        JsonArray array =
                object.array(name)
                        .orElseThrow(() -> MetadataFields.malformed(file, name + " is missing"));
        List<String> texts = new ArrayList<>();
        for (JsonValue value : array.values()) {
            if (!(value instanceof JsonString text)) {
                throw MetadataFields.malformed(file, name + " holds something else than texts");
            }
            texts.add(text.value());
        }
        return texts;
    }

    private static List<Lift> lifts(String file, JsonObject signed) {
        List<JsonValue> values = signed.array("map_lifts").map(JsonArray::values).orElse(List.of());
        if (values.size() > LIFTS_MAX) {
            throw MetadataFields.malformed(file, "more than " + LIFTS_MAX + " map_lifts");
        }
        List<Lift> lifts = new ArrayList<>();
        for (JsonValue value : values) {
            if (!(value instanceof JsonObject lift)) {
                throw MetadataFields.malformed(file, "map_lifts holds something else than objects");
            }
            lifts.add(lift(file, lift));
        }
        return lifts;
    }

    private static Lift lift(String file, JsonObject json) {
        try {
            return new Lift(
                    AgentDid.parse(MetadataFields.text(file, json, "did")),
                    MetadataFields.whole(file, json, "number", 1, Long.MAX_VALUE));
        } catch (IllegalArgumentException e) {
            throw new RegistryException(
                    RegistryFault.MALFORMED, file + ": map_lifts: " + e.getMessage(), e);
        }
    }

    /** The signed part of this root. */
    public JsonObject json() {
        JsonObject.Builder keys = JsonObject.builder();
        Map<String, MetadataKey> sorted = new TreeMap<>();
        roles.values().forEach(role -> role.keys().forEach(key -> sorted.put(key.id(), key)));
        sorted.forEach((id, key) -> keys.put(id, key.json()));
        JsonObject.Builder roleEntries = JsonObject.builder();
        for (RoleName role : RoleName.values()) {
            roleEntries.put(role.wire(), roleJson(keys(role)));
        }
        JsonObject.Builder json =
                MetadataFields.common(RoleName.ROOT, version, expires)
                        .put("consistent_snapshot", true)
                        .put("keys", keys.build())
                        .put("roles", roleEntries.build());
        if (!lifts.isEmpty()) {
            json.put(
                    "map_lifts",
                    new JsonArray(lifts.stream().map(RootMetadata::liftJson).toList()));
        }
        return json.build();
    }

    private static JsonObject roleJson(RoleKeys role) {
        return JsonObject.builder()
                .put(
                        "keyids",
                        JsonArray.ofStrings(
                                role.keys().stream().map(MetadataKey::id).sorted().toList()))
                .put("threshold", role.threshold())
                .build();
    }

    private static JsonValue liftJson(Lift lift) {
        return JsonObject.builder()
                .put("did", lift.did().text())
                .put("number", lift.number())
                .build();
    }
}
