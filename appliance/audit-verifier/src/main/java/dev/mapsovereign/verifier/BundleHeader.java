package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.auditlog.record.KeyEpochs;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.SignedNote;
import java.nio.file.Path;
import java.util.Map;

/**
 * A bundle whose signatures, keys and checkpoints have been verified, and whose entries have not
 * yet been looked at.
 *
 * @param folder on which medium
 * @param manifestDigest SHA-256 of its manifest in hex, as signed
 * @param previousDigest that of the bundle before it on its medium, or 64 zeros, as signed
 * @param signature the manifest's
 * @param keys of each log that it has a range of
 */
record BundleHeader(
        MediumFolder folder,
        BundleDescription description,
        String manifestDigest,
        String previousDigest,
        SignedNote signature,
        Map<TenantId, KeyEpochs> keys) {
    String node() {
        return description.node();
    }

    long number() {
        return description.number();
    }

    /** Its name for people. */
    String name() {
        return BundleLayout.bundleFolder(number());
    }

    /** Where its description is, which is to blame when it contradicts the tree. */
    Path descriptionFile() {
        return folder.at(BundleLayout.description(number()));
    }

    Path signatureFile() {
        return folder.at(BundleLayout.manifestSignature(number()));
    }
}
