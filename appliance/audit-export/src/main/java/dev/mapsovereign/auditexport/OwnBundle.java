package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.bundle.BundleDescription;

/**
 * A bundle of this node that was found on a medium, with our valid signature over its manifest and
 * the description that this manifest lists.
 *
 * @param manifestDigest SHA-256 in hex
 */
record OwnBundle(BundleDescription description, String manifestDigest) {
    long number() {
        return description.number();
    }
}
