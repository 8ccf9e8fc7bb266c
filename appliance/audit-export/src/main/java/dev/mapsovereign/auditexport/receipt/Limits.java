package dev.mapsovereign.auditexport.receipt;

/** How much of what comes home is looked at: anybody may have written it. */
final class Limits {
    /** A receipt is a note; 32 signature lines of the largest kind known have less. */
    static final int RECEIPT_BYTES_MAX = 256 << 10;

    /** Receipts of one import: some hundred tenants, some stations, some bundles. */
    static final int RECEIPTS_MAX = 10_000;

    /** Refusals recorded of one import; a stick full of rubbish shall not fill the log. */
    static final int REFUSALS_RECORDED_MAX = 8;

    /** The enrolment of a station: its keys, of which ML-DSA-44 ones have 1.8 KB. */
    static final int STATION_BYTES_MAX = 64 << 10;

    /** Keys of one station: two roles, two kinds, and room for their successors. */
    static final int KEYS_MAX = 8;

    /** How deep {@code receipts/} goes. */
    static final int DEPTH_MAX = 4;

    /** Records of {@code _node} that are read at once in search of later enrolments. */
    static final int SCAN_RECORDS = 1024;

    private Limits() {}
}
