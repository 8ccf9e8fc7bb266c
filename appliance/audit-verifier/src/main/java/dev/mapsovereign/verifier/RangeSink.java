package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;

/**
 * Takes what has just been verified, while it is still in memory: a medium may give other bytes to
 * a second reading. The arrays are valid during the call only.
 */
interface RangeSink {
    /** Takes nothing. */
    RangeSink NONE = new RangeSink() {};

    /** Whether it wants the bundles' own files too; reading them again costs time. */
    default boolean wantsOwnFiles() {
        return false;
    }

    /**
     * A file whose digest is the one in the signed manifest; entries come to {@link #entries}.
     *
     * @param name relative to the node's folder
     */
    default void file(BundleHeader bundle, String name, byte[] bytes)
            throws VerificationException {}

    /**
     * An entry bundle, decrypted, each of whose records was verified.
     *
     * @param name relative to the node's folder, as it is without encryption
     * @param first index of the first record in it, which may stand before the range
     * @param count how many records
     * @param bytes valid up to {@code length}
     */
    default void entries(
            BundleHeader bundle,
            BundleDescription.Range range,
            String name,
            long first,
            int count,
            byte[] bytes,
            int length)
            throws VerificationException {}
}
