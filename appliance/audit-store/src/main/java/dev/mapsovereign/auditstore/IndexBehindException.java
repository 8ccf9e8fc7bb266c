package dev.mapsovereign.auditstore;

import dev.mapsovereign.base.identity.TenantId;

/**
 * The index does not reach as far yet as an answer "as of" that size needs; it follows by itself.
 */
public final class IndexBehindException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long indexed;

    IndexBehindException(TenantId tenant, long indexed, long wanted) {
        super(
                "the database has "
                        + indexed
                        + " of the "
                        + wanted
                        + " records of tenant "
                        + tenant
                        + " that this answer is about; ask again");
        this.indexed = indexed;
    }

    /** How many records it has. */
    public long indexed() {
        return indexed;
    }
}
