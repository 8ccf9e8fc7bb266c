package dev.mapsovereign.base.age;

/** How large the parts of an age file may be, and why. */
final class Limits {
    /**
     * A header as it is read: 64 stanzas of the largest native kind (post-quantum hybrid, 1.6 KB)
     * have 103 KB.
     */
    static final int HEADER_BYTES_MAX = 128 * 1024;

    /**
     * Stanzas of a header: each of ours costs one X25519, some 0.1 ms, before anything is known.
     */
    static final int STANZAS_MAX = 64;

    /** Recipients that we write to; the rest is left for stanzas that others mix in. */
    static final int RECIPIENTS_MAX = 32;

    /** Identities in one file: an auditor's own, and those of the years before. */
    static final int IDENTITIES_MAX = 64;

    private Limits() {}
}
