package dev.mapsovereign.base.audit;

/** What one record may hold, and why. */
final class Limits {
    /**
     * A text that a caller supplies: enough for any DID (256) and any name, too little to flood.
     */
    static final int TEXT_BYTES_MAX = 256;

    /** Containers inside each other, the record itself being the first. */
    static final int RECORD_DEPTH_MAX = 8;

    /** A member name is {@code [a-z0-9_]}, at most so long. */
    static final int NAME_LENGTH_MAX = 64;

    /**
     * The canonical bytes of {@code meta}. A record has at most 65,000 bytes (one entry of a tile
     * bundle has a 16-bit length, less the hash before it); all other members together stay under
     * 9,000 even when each of five texts consists of control characters, six bytes each.
     */
    static final int META_BYTES_MAX = 56_000;

    private Limits() {}
}
