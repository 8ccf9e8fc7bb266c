import org.jspecify.annotations.NullMarked;

/** How the audit log leaves the building: media, bundles, receipts. */
@NullMarked
module dev.mapsovereign.auditexport {
    requires static org.jspecify;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.config;
    requires dev.mapsovereign.auditlog;
}
