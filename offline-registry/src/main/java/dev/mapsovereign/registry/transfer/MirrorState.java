package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.tuf.RoleFloors;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a mirror has accepted: the content of {@code state.json}. Replacing that file is what makes
 * an import or a rollback visible, all of it at once.
 *
 * @param served number of the snapshot whose documents are answered; 0 before the first import
 * @param kept snapshots on the disk, newest first; the first is the newest accepted, whose
 *     revocation list counts whatever is served
 * @param rootVersion the newest root accepted
 * @param floors the newest versions accepted of the other roles
 * @param timeFloor no time before this is believed
 */
public record MirrorState(
        long served, List<Kept> kept, long rootVersion, RoleFloors floors, Instant timeFloor) {
    private static final int BYTES_MAX = 64 * 1024;

    /**
     * A snapshot on the disk.
     *
     * @param number the issue
     * @param rootVersion the root that vouched for it at its import
     * @param importedAt when
     */
    public record Kept(long number, long rootVersion, Instant importedAt) {
        /**
         * The name of its folder. The root belongs to it: after a root has reset the floors, a
         * number can come a second time.
         */
        public String folderName() {
            return number + "-" + rootVersion;
        }
    }

    public MirrorState {
        kept = List.copyOf(kept);
    }

    /** Before the first import. */
    public static MirrorState empty(Instant timeFloor) {
        return new MirrorState(0, List.of(), 0, RoleFloors.NONE, timeFloor);
    }

    /** The newest accepted snapshot. */
    public Optional<Kept> newest() {
        return kept.isEmpty() ? Optional.empty() : Optional.of(kept.getFirst());
    }

    /** The kept snapshot of that number. */
    public Optional<Kept> find(long number) {
        return kept.stream().filter(it -> it.number() == number).findFirst();
    }

    /** This state serving the documents of another kept snapshot; nothing else changes. */
    public MirrorState serving(long number) {
        return new MirrorState(number, kept, rootVersion, floors, timeFloor);
    }

    byte[] encode() {
        List<JsonValue> snapshots = new ArrayList<>();
        for (Kept one : kept) {
            snapshots.add(
                    JsonObject.builder()
                            .put("imported_at", UtcSeconds.format(one.importedAt()))
                            .put("number", one.number())
                            .put("root_version", one.rootVersion())
                            .build());
        }
        return CanonicalJson.encode(
                JsonObject.builder()
                        .put("floors", floors.json())
                        .put("root_version", rootVersion)
                        .put("served", served)
                        .put("snapshots", new JsonArray(snapshots))
                        .put("time_floor", UtcSeconds.format(timeFloor))
                        .put("v", 1)
                        .build());
    }

    static MirrorState parse(String file, byte[] bytes) {
        try {
            JsonObject json = JsonReader.parseObject(bytes, new JsonReader.Limits(6, BYTES_MAX));
            if (whole(json, "v") != 1) {
                throw new IllegalArgumentException("unknown version");
            }
            List<Kept> kept = new ArrayList<>();
            for (JsonValue value : json.array("snapshots").map(JsonArray::values).orElseThrow()) {
                JsonObject one = (JsonObject) value;
                kept.add(
                        new Kept(
                                whole(one, "number"),
                                whole(one, "root_version"),
                                UtcSeconds.parse(one.text("imported_at").orElse(""))));
            }
            return new MirrorState(
                    whole(json, "served"),
                    kept,
                    whole(json, "root_version"),
                    RoleFloors.parse(file, json.object("floors").orElseThrow()),
                    UtcSeconds.parse(json.text("time_floor").orElse("")));
        } catch (JsonException
                | ClassCastException
                | IllegalArgumentException
                | DateTimeParseException
                | java.util.NoSuchElementException e) {
            throw new RegistryException(
                    RegistryFault.STORE_DAMAGED, file + " is not readable: " + e.getMessage(), e);
        }
    }

    private static long whole(JsonObject json, String name) {
        OptionalLong value = json.integer(name);
        if (value.isEmpty()) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return value.getAsLong();
    }
}
