package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.registry.Limits;
import java.time.Instant;

/**
 * The role {@code timestamp}: which snapshot is the newest (TUF 1.0, 4.6).
 *
 * @param version the number
 * @param expires end of validity
 * @param snapshot the snapshot file
 */
public record TimestampMetadata(long version, Instant expires, FileReference snapshot) {
    static final String SNAPSHOT_JSON = "snapshot.json";

    static TimestampMetadata parse(String file, JsonObject signed) {
        long version = MetadataFields.version(file, signed, RoleName.TIMESTAMP);
        JsonObject meta = MetadataFields.object(file, signed, "meta");
        return new TimestampMetadata(
                version,
                MetadataFields.expires(file, signed),
                FileReference.parse(file, meta, SNAPSHOT_JSON, Limits.SNAPSHOT_BYTES_MAX));
    }

    /** The signed part. */
    public JsonObject json() {
        return MetadataFields.common(RoleName.TIMESTAMP, version, expires)
                .put("meta", JsonObject.builder().put(SNAPSHOT_JSON, snapshot.json()).build())
                .build();
    }
}
