package dev.mapsovereign.registry;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.time.UtcSeconds;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * How things stand with the mirror.
 *
 * @param number the snapshot served; 0 before the first import, and all else then is empty
 * @param newest the newest accepted; differs from {@code number} after a rollback
 * @param issued when the served snapshot was made
 * @param age since then, by the clock
 * @param expires when its metadata ends
 * @param importedAt when it came in
 * @param documents leaves in its tree
 * @param treeRoot the tree's root
 * @param revocationsNumber number of the revocation list in force
 * @param revocations its entries
 * @param kept numbers on the disk, newest first
 * @param rootVersion the newest root accepted
 * @param timeFloor no time before this is believed
 * @param expired whether the metadata's date is over; it is served all the same
 * @param stale whether it is older than {@code registry.max_age}: no L2 calls, no new grants
 */
public record SnapshotStatus(
        long number,
        long newest,
        Instant issued,
        Duration age,
        Instant expires,
        Instant importedAt,
        long documents,
        byte[] treeRoot,
        long revocationsNumber,
        long revocations,
        List<Long> kept,
        long rootVersion,
        Instant timeFloor,
        boolean expired,
        boolean stale) {
    public SnapshotStatus {
        kept = List.copyOf(kept);
    }

    /** Before the first import. */
    static SnapshotStatus none(Instant timeFloor) {
        return new SnapshotStatus(
                0,
                0,
                Instant.EPOCH,
                Duration.ZERO,
                Instant.EPOCH,
                Instant.EPOCH,
                0,
                new byte[0],
                0,
                0,
                List.of(),
                0,
                timeFloor,
                false,
                true);
    }

    /** Whether anything was imported yet. */
    public boolean isPresent() {
        return number > 0;
    }

    /** The members of the verb's answer. */
    public JsonObject json() {
        JsonObject.Builder json = JsonObject.builder().put("snapshot", number);
        if (isPresent()) {
            json.put("newest", newest)
                    .put("issued", UtcSeconds.format(issued))
                    .put("age_s", age.toSeconds())
                    .put("expires", UtcSeconds.format(expires))
                    .put("imported_at", UtcSeconds.format(importedAt))
                    .put("documents", documents)
                    .put("tree_root", Hex.encode(treeRoot))
                    .put("revocations_number", revocationsNumber)
                    .put("revocations", revocations)
                    .put("kept", JsonArray.ofStrings(kept.stream().map(String::valueOf).toList()))
                    .put("root_version", rootVersion)
                    .put("expired", expired)
                    .put("stale", stale);
        }
        return json.put("time_floor", UtcSeconds.format(timeFloor)).build();
    }
}
