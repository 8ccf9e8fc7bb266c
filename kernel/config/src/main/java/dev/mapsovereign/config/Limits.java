package dev.mapsovereign.config;

/** What a configuration may hold, and why. */
final class Limits {
    /** A full configuration has some kilobytes; a log or a disk given by mistake is noticed. */
    static final int FILE_BYTES_MAX = 1 << 20;

    /** How much of a bad value a message repeats: enough to find it. */
    static final int QUOTE_CHARS_MAX = 60;

    /** Where a longer list of problems is cut: nobody reads more before correcting the first. */
    static final int PROBLEMS_SHOWN_MAX = 100;

    private Limits() {}
}
