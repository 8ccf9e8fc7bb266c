import org.jspecify.annotations.NullMarked;

/** The audit log itself; JDK only; start at AuditLog. */
@NullMarked
module dev.mapsovereign.auditlog {
    requires static org.jspecify;
    requires transitive dev.mapsovereign.base;
    // For reading past the page cache, which the JDK offers nowhere else.
    requires jdk.unsupported;

    exports dev.mapsovereign.auditlog;
    exports dev.mapsovereign.auditlog.bundle;
    exports dev.mapsovereign.auditlog.payload;
    exports dev.mapsovereign.auditlog.prune;
    exports dev.mapsovereign.auditlog.record;
}
