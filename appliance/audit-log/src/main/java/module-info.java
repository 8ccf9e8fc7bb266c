import org.jspecify.annotations.NullMarked;

/** The audit log itself; JDK only; start at AuditLog. */
@NullMarked
module dev.mapsovereign.auditlog {
    requires static org.jspecify;
    requires dev.mapsovereign.base;
}
