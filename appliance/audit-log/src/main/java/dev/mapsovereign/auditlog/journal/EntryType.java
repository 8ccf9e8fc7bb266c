package dev.mapsovereign.auditlog.journal;

import java.util.Optional;

/** What an entry of a batch is. */
public enum EntryType {
    /** The canonical bytes of the next record of its tenant. */
    RECORD(1),
    /** An effect is about to begin: the record to be, should nothing more be heard of it. */
    INTENT(2),
    /** A tenant gets its number: key epoch (u32) and tenant id. */
    TENANT(3);

    private final byte code;

    EntryType(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }

    static Optional<EntryType> of(byte code) {
        for (EntryType type : values()) {
            if (type.code == code) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
