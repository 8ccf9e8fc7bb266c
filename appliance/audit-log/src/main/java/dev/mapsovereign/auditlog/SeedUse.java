package dev.mapsovereign.auditlog;

/** What a seed is to a log. */
public enum SeedUse {
    /** The keys that sign follow from it, and no others are needed. */
    CURRENT,
    /** A rotation leads to its keys and has not ended. */
    INCOMING,
    /** A rotation leads away from its keys and has not ended. */
    OUTGOING,
    /** No key that may still sign follows from it. */
    NONE
}
