package dev.mapsovereign.auditlog.record;

/** What a record may hold, and why. */
final class Limits {
    /** With the 32 bytes of the hash before it, one entry of a tile bundle (16-bit length). */
    static final int RECORD_BYTES_MAX = 65_000;

    /** Containers inside each other, the record itself being the first. */
    static final int RECORD_DEPTH_MAX = 8;

    /** The names of members at any level are {@code [a-z0-9_]}, at most so long. */
    static final int NAME_LENGTH_MAX = 64;

    /** The digits of {@link Long#MAX_VALUE}. */
    static final int INDEX_DIGITS_MAX = 19;

    private Limits() {}
}
