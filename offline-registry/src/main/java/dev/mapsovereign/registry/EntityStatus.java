package dev.mapsovereign.registry;

import java.util.Locale;
import java.util.Optional;

/** What became of an identity; the order is that of finality, and nothing ever goes back. */
public enum EntityStatus {
    /** In use. */
    ACTIVE(1),
    /** Ended by its own signature; the document remains. */
    DEACTIVATED(2),
    /** Ended by a revocation; the document remains. */
    REVOKED(3),
    /** The document is gone and must not come back. */
    TOMBSTONE(4);

    private final int code;

    EntityStatus(int code) {
        this.code = code;
    }

    /** The byte in a leaf. */
    public int code() {
        return code;
    }

    /** The lower-case name. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The status of a leaf's byte. */
    public static Optional<EntityStatus> ofCode(int code) {
        return code >= 1 && code <= 4 ? Optional.of(values()[code - 1]) : Optional.empty();
    }

    /** The more final of both. */
    public EntityStatus worse(EntityStatus other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
