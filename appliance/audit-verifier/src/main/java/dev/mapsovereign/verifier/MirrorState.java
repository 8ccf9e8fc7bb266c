package dev.mapsovereign.verifier;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which records of which log lie in a station's mirror, verified and synced, without a gap. Not for
 * several threads.
 */
final class MirrorState {
    private static final String KIND = "map-station-mirror";
    private static final int VERSION = 1;
    private static final JsonReader.Limits LIMITS =
            new JsonReader.Limits(8, Limits.STATE_BYTES_MAX);

    private final SortedMap<String, SortedMap<TenantId, Kept>> nodes = new TreeMap<>();

    /** Records {@code from} to {@code to - 1} of one log. */
    record Kept(long from, long to) {
        Kept {
            if (from < 0 || to < from) {
                throw new IllegalArgumentException("no records from " + from + " to " + to);
            }
        }
    }

    /** What is kept of a log; empty if nothing is. */
    Optional<Kept> of(String node, TenantId tenant) {
        return Optional.ofNullable(nodes.getOrDefault(node, new TreeMap<>()).get(tenant));
    }

    /**
     * Adds a range that the mirror now has. It counts only if it continues what is kept; a first
     * one counts if it begins at 0.
     *
     * @param fromHere whether a first one may begin later
     */
    void add(String node, TenantId tenant, long from, long to, boolean fromHere) {
        Optional<Kept> known = of(node, tenant);
        if (known.isEmpty() && (from == 0 || fromHere)) {
            put(node, tenant, new Kept(from, to));
        } else if (known.isPresent() && from <= known.get().to() && to > known.get().to()) {
            put(node, tenant, new Kept(Math.min(from, known.get().from()), to));
        }
    }

    private void put(String node, TenantId tenant, Kept kept) {
        nodes.computeIfAbsent(node, name -> new TreeMap<>()).put(tenant, kept);
    }

    /**
     * The state that these bytes spell.
     *
     * @throws IllegalArgumentException for any other bytes than {@link #bytes} gives
     */
    static MirrorState parse(byte[] bytes) {
        JsonObject json = JsonReader.parseObject(bytes, LIMITS);
        MirrorState state = new MirrorState();
        for (Map.Entry<String, JsonValue> node :
                json.object("nodes").orElse(JsonObject.EMPTY).members().entrySet()) {
            for (Map.Entry<String, JsonValue> log : object(node.getValue()).members().entrySet()) {
                JsonObject kept = object(log.getValue());
                state.put(
                        node.getKey(),
                        TenantId.of(log.getKey()),
                        new Kept(size(kept, "from"), size(kept, "to")));
            }
        }
        if (!Arrays.equals(state.bytes(), bytes)) {
            throw new IllegalArgumentException("not a mirror's state of this program's version");
        }
        return state;
    }

    /** The file's content. */
    byte[] bytes() {
        JsonObject.Builder all = JsonObject.builder();
        nodes.forEach((node, logs) -> {
            JsonObject.Builder ofNode = JsonObject.builder();
            logs.forEach((tenant, kept) ->
                    ofNode.put(
                            tenant.value(),
                            JsonObject.builder()
                                    .put("from", Long.toString(kept.from()))
                                    .put("to", Long.toString(kept.to()))
                                    .build()));
            all.put(node, ofNode.build());
        });
        return CanonicalJson.encode(
                JsonObject.builder()
                        .put("kind", KIND)
                        .put("nodes", all.build())
                        .put("v", VERSION)
                        .build());
    }

    private static long size(JsonObject kept, String member) {
        return Long.parseLong(kept.text(member).orElse(""));
    }

    private static JsonObject object(JsonValue value) {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw new IllegalArgumentException("something else than an object");
    }
}
