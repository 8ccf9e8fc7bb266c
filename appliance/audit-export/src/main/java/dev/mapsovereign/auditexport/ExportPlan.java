package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleManifest;
import dev.mapsovereign.base.identity.TenantId;
import java.util.Map;
import java.util.Optional;

/**
 * One bundle to be written; everything in it follows from this and from the log.
 *
 * @param description what it holds
 * @param checkpoints the notes it carries, by {@link #checkpointName}
 * @param previousDigest of the manifest before it on this medium, or {@link
 *     BundleManifest#NO_PREVIOUS}
 * @param encryption of the entries; empty for plain ones
 */
record ExportPlan(
        BundleDescription description,
        Map<String, byte[]> checkpoints,
        String previousDigest,
        Optional<EntryEncryption> encryption) {
    ExportPlan {
        checkpoints = Map.copyOf(checkpoints);
    }

    /** {@code <tenant>/<size>}. */
    static String checkpointName(TenantId tenant, long size) {
        return tenant.value() + "/" + size;
    }

    /** The note of that log at that size. */
    byte[] checkpoint(TenantId tenant, long size) {
        byte[] note = checkpoints.get(checkpointName(tenant, size));
        if (note == null) {
            throw new IllegalStateException("the plan lacks the checkpoint " + tenant + "/" + size);
        }
        return note;
    }
}
