package dev.mapsovereign.auditexport.receipt;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.VerifierKey;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * An off-site station whose cosignatures count here.
 *
 * @param name in front of its keys' names
 * @param keys cosigners' keys named {@code <name>/witness} or {@code <name>/mirror}
 * @param from for each log whose mirror there does not begin at record 0, where it begins
 */
public record Station(String name, List<VerifierKey> keys, SortedMap<TenantId, Long> from) {
    /** Last part of the name of keys that state consistency. */
    public static final String WITNESS = "witness";

    /** Last part of the name of keys that state that every entry was read and is kept. */
    public static final String MIRROR = "mirror";

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,40}");

    /**
     * @throws IllegalArgumentException when the parts do not fit together
     */
    public Station {
        keys = List.copyOf(keys);
        from = new TreeMap<>(from);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a station's name is [a-z0-9][a-z0-9.-]{0,40}, not " + name);
        }
        if (keys.isEmpty() || keys.size() > Limits.KEYS_MAX) {
            throw new IllegalArgumentException(
                    "a station has 1 to " + Limits.KEYS_MAX + " keys, not " + keys.size());
        }
        Set<List<Byte>> material = new HashSet<>();
        for (VerifierKey key : keys) {
            requireNamed(key, name);
            if (!material.add(bytes(key))) {
                throw new IllegalArgumentException(
                        "one public key for two statements; a station has one for each");
            }
        }
        from.forEach((tenant, index) -> {
            if (index < 0) {
                throw new IllegalArgumentException("a mirror of " + tenant + " from " + index);
            }
        });
    }

    private static void requireNamed(VerifierKey key, String station) {
        boolean named =
                key.name().equals(station + "/" + WITNESS)
                        || key.name().equals(station + "/" + MIRROR);
        if (!named || !key.isCosigner()) {
            throw new IllegalArgumentException(
                    "key %s is no cosigner's key named %s/%s or %s/%s"
                            .formatted(key.name(), station, WITNESS, station, MIRROR));
        }
    }

    private static List<Byte> bytes(VerifierKey key) {
        Byte[] boxed = new Byte[key.publicKey().length];
        for (int i = 0; i < boxed.length; i++) {
            boxed[i] = key.publicKey()[i];
        }
        return List.of(boxed);
    }

    /** What a key of this station states: {@link #WITNESS} or {@link #MIRROR}. */
    static String role(VerifierKey key) {
        return key.name().substring(key.name().lastIndexOf('/') + 1);
    }

    /** What the record of its enrolment says: keys by their fingerprints, which are short. */
    JsonObject meta() {
        return JsonObject.builder()
                .put(
                        "keys",
                        JsonArray.ofStrings(keys.stream().map(VerifierKey::fingerprint).toList()))
                .put("mirror_from", fromJson())
                .put("station", name)
                .build();
    }

    JsonObject fromJson() {
        JsonObject.Builder json = JsonObject.builder();
        for (Map.Entry<TenantId, Long> each : from.entrySet()) {
            json.put(each.getKey().value(), Long.toString(each.getValue()));
        }
        return json.build();
    }
}
