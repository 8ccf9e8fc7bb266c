import org.jspecify.annotations.NullMarked;

/** How the audit log leaves the building: media and bundles; start at AuditExporter. */
@NullMarked
module dev.mapsovereign.auditexport {
    requires static org.jspecify;
    requires transitive dev.mapsovereign.auditlog;
    // For reading back past the page cache: com.sun.nio.file.ExtendedOpenOption.DIRECT.
    requires jdk.unsupported;

    exports dev.mapsovereign.auditexport;
    exports dev.mapsovereign.auditexport.prune;
    exports dev.mapsovereign.auditexport.receipt;
}
