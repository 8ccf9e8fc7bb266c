package dev.mapsovereign.auditstore;

import dev.mapsovereign.base.identity.TenantId;

/**
 * The database says something else than the log. The answer is refused; a {@code SecurityViolation}
 * record stands in {@code _node}. The log is right: {@code map audit rebuild} repairs the database.
 */
public final class AuditMismatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient TenantId tenant;
    private final long index;
    private final String finding;

    AuditMismatchException(TenantId tenant, long index, String finding) {
        super(
                "the database's row of record "
                        + index
                        + " of tenant "
                        + tenant
                        + " is not the log's: "
                        + finding);
        this.tenant = tenant;
        this.index = index;
        this.finding = finding;
    }

    /** Whose record. */
    public TenantId tenant() {
        return tenant;
    }

    /** Which record. */
    public long index() {
        return index;
    }

    /** In what the row differs. */
    public String finding() {
        return finding;
    }
}
