package dev.mapsovereign.registry.lineage;

import dev.mapsovereign.registry.EntityStatus;
import java.util.Locale;

/** Why an identity does not verify; the list stands in docs/reference/did-document.md. */
public enum LineageFault {
    NOT_FOUND,
    DEACTIVATED,
    REVOKED,
    TOMBSTONE,
    ANCESTOR_DEACTIVATED,
    ANCESTOR_REVOKED,
    ANCESTOR_TOMBSTONE,
    LINEAGE_MISSING,
    PARENT_KIND,
    PARENT_KEY,
    CHILD_KEY,
    LINEAGE_SIGNATURE,
    LINEAGE_TIME,
    FUTURE_DATED,
    LINEAGE_CLAIM,
    LINEAGE_CYCLE,
    LINEAGE_DEPTH,
    ROOT_NOT_PINNED,
    ROOT_KEY;

    /** The lower-case name. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    static LineageFault ofStatus(EntityStatus status, boolean ancestor) {
        return switch (status) {
            case ACTIVE -> throw new IllegalArgumentException("active is no fault");
            case DEACTIVATED -> ancestor ? ANCESTOR_DEACTIVATED : DEACTIVATED;
            case REVOKED -> ancestor ? ANCESTOR_REVOKED : REVOKED;
            case TOMBSTONE -> ancestor ? ANCESTOR_TOMBSTONE : TOMBSTONE;
        };
    }
}
