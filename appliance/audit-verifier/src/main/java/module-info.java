import org.jspecify.annotations.NullMarked;

/** The auditor's program map-verify; JDK only, no network, no database; start at Main. */
@NullMarked
module dev.mapsovereign.verifier {
    requires static org.jspecify;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.auditlog;

    exports dev.mapsovereign.verifier;
}
