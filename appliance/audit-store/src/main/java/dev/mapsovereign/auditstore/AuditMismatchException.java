package dev.mapsovereign.auditstore;

import dev.mapsovereign.base.identity.TenantId;

/**
 * The database says something else than the log, or the log's files something else than its tree.
 * The answer is refused; a {@code SecurityViolation} record stands in {@code _node}. In the first
 * case the log is right and {@code map audit rebuild} repairs the database.
 */
public final class AuditMismatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient TenantId tenant;
    private final long index;
    private final String finding;

    private AuditMismatchException(TenantId tenant, long index, String finding, String message) {
        super(message);
        this.tenant = tenant;
        this.index = index;
        this.finding = finding;
    }

    /** The database's row is not the log's. */
    static AuditMismatchException ofRow(TenantId tenant, long index, String finding) {
        return new AuditMismatchException(
                tenant,
                index,
                finding,
                "the database's row of record "
                        + index
                        + " of tenant "
                        + tenant
                        + " is not the log's: "
                        + finding);
    }

    /** The log's own files are not what its tree was made from. */
    static AuditMismatchException ofLog(TenantId tenant, long index, String finding) {
        return new AuditMismatchException(
                tenant,
                index,
                finding,
                "record " + index + " of tenant " + tenant + ": " + finding);
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
