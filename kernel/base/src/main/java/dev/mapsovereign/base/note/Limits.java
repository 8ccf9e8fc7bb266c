package dev.mapsovereign.base.note;

/** How large notes and policies may be, and why. */
final class Limits {
    /** A key name: the longest that an ML-DSA-44 cosignature can hold (8 bits of length). */
    static final int NAME_BYTES_MAX = 255;

    /** A note's text unless a caller asks for more: checkpoints and manifests have few lines. */
    static final int TEXT_BYTES_MAX = 64 * 1024;

    /**
     * Signature lines of a note. The specification demands 16; a checkpoint of a key rotation has
     * four of the log's own, and each station adds up to two.
     */
    static final int SIGNATURES_MAX = 32;

    /**
     * One signature with its key id; unknown kinds too must be read over, the largest near 5,000.
     */
    static final int SIGNATURE_BYTES_MAX = 8 * 1024;

    /** All signature lines together: dash, name, two blanks, base64, line end. */
    static final int SIGNATURE_LINES_BYTES_MAX =
            SIGNATURES_MAX * (NAME_BYTES_MAX + SIGNATURE_BYTES_MAX / 3 * 4 + 16);

    /** A policy's text: a thousand ML-DSA-44 keys have 1.8 MB. */
    static final int POLICY_CHARACTERS_MAX = 4 * 1024 * 1024;

    /** Definitions of each kind in a policy; the specification recommends at least 32. */
    static final int POLICY_DEFINITIONS_MAX = 1024;

    private Limits() {}
}
