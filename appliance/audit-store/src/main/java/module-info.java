import org.jspecify.annotations.NullMarked;

/** The audit log's index in a database, refilled from the journal at any time. */
@NullMarked
module dev.mapsovereign.auditstore {
    requires static org.jspecify;
    requires java.sql;
    requires transitive dev.mapsovereign.base;
    requires transitive dev.mapsovereign.database;
    requires transitive dev.mapsovereign.auditlog;

    exports dev.mapsovereign.auditstore;
}
