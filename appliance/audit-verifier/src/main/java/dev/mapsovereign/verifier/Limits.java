package dev.mapsovereign.verifier;

import dev.mapsovereign.base.merkle.Tiles;

/** How much of a medium is read into memory, and why no more: it may be hostile. */
final class Limits {
    /** A note: 32 signatures of the largest kind known have less. */
    static final int NOTE_BYTES_MAX = 256 << 10;

    /** A key record's proof: the record in base64, at most 63 hashes, and a note. */
    static final int PROOF_BYTES_MAX = NOTE_BYTES_MAX + (128 << 10);

    /** A hash tile: 256 hashes. */
    static final int HASH_TILE_BYTES_MAX = 8 << 10;

    /** An entry bundle: 256 entries of the largest length that two bytes can say. */
    static final int ENTRY_BUNDLE_BYTES_MAX = Tiles.WIDTH * (2 + Tiles.ENTRY_BYTES_MAX);

    /** The same encrypted: a header with some recipients, and 16 bytes for each 64 KiB. */
    static final int ENCRYPTED_BYTES_MAX = ENTRY_BUNDLE_BYTES_MAX + (128 << 10);

    /** What an entry bundle's buffer begins with: 256 records of half a kilobyte. */
    static final int ENTRY_BUNDLE_BYTES_USUAL = 256 << 10;

    /**
     * A manifest, which is never in memory as a whole: two lines of some 110 bytes for each 256
     * records, so this is beyond a thousand million of them.
     */
    static final long MANIFEST_BYTES_MAX = 1L << 30;

    /** One line of a manifest. */
    static final int MANIFEST_LINE_BYTES_MAX = 1 << 10;

    /** A policy file: a thousand ML-DSA-44 keys have 1.8 MB. */
    static final int TRUST_BYTES_MAX = 4 << 20;

    /** A state file: some 4 KB for each log, most of it keys. */
    static final int STATE_BYTES_MAX = 64 << 20;

    /** The longest record; with the hash before it, one entry of a bundle. */
    static final int RECORD_BYTES_MAX = 65_000;

    /** Containers inside each other, the record itself being the first. */
    static final int RECORD_DEPTH_MAX = 8;

    /** The names of a record's members, at every level. */
    static final int MEMBER_NAME_LENGTH_MAX = 64;

    /** Files that no manifest lists are counted; so many are named. */
    static final int STRAYS_NAMED_MAX = 3;

    /** Tile readers at once; a browser opens six. */
    static final int CONNECTIONS_MAX = 64;

    /** A reader that says nothing for so long is gone. */
    static final int REQUEST_MILLIS_MAX = 10_000;

    /** A request line or header; our own paths have less than a hundred. */
    static final int REQUEST_LINE_LENGTH_MAX = 8 << 10;

    /** Header lines of a request. */
    static final int REQUEST_HEADERS_MAX = 64;

    /** How deep a folder on a medium is walked; our own go down to ten. */
    static final int FOLDER_DEPTH_MAX = 32;

    private Limits() {}
}
