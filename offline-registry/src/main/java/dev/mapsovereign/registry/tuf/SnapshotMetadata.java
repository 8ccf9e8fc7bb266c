package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.registry.Limits;
import java.time.Instant;

/**
 * The role {@code snapshot}: which files form one state (TUF 1.0, 4.4).
 *
 * @param version the number
 * @param expires end of validity
 * @param targets the targets file
 */
public record SnapshotMetadata(long version, Instant expires, FileReference targets) {
    static final String TARGETS_JSON = "targets.json";

    static SnapshotMetadata parse(String file, JsonObject signed) {
        long version = MetadataFields.version(file, signed, RoleName.SNAPSHOT);
        JsonObject meta = MetadataFields.object(file, signed, "meta");
        return new SnapshotMetadata(
                version,
                MetadataFields.expires(file, signed),
                FileReference.parse(file, meta, TARGETS_JSON, Limits.TARGETS_BYTES_MAX));
    }

    /** The signed part. */
    public JsonObject json() {
        return MetadataFields.common(RoleName.SNAPSHOT, version, expires)
                .put("meta", JsonObject.builder().put(TARGETS_JSON, targets.json()).build())
                .build();
    }
}
