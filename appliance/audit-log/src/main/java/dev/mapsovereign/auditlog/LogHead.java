package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.record.ChainRule;

/**
 * How far a chain is durable.
 *
 * @param size number of records
 * @param hash record hash of the newest; 32 zero bytes if there is none
 */
public record LogHead(long size, byte[] hash) {
    /** The head of a chain without records. */
    static final LogHead BEGINNING = new LogHead(0, ChainRule.beginning());

    /** Copies the array. */
    public LogHead {
        hash = hash.clone();
    }

    /** A copy of the record hash. */
    @Override
    public byte[] hash() {
        return hash.clone();
    }
}
