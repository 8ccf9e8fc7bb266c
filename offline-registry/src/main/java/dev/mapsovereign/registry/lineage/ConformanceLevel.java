package dev.mapsovereign.registry.lineage;

/** How far an identity meets the specification; the order is that of strength. */
public enum ConformanceLevel {
    /** Not even a valid, living document. */
    NONE,
    /** A valid, living document. */
    L0,
    /** L0 and a lineage to a pinned root. */
    L1,
    /** L1 and a credential of a recognized issuer. */
    L2;

    /** Whether this is at least {@code needed}. */
    public boolean meets(ConformanceLevel needed) {
        return compareTo(needed) >= 0;
    }
}
