import org.jspecify.annotations.NullMarked;

/** The audit log's index in a database, refilled from the journal at any time. */
@NullMarked
module dev.mapsovereign.auditstore {
    requires static org.jspecify;
    requires java.sql;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.config;
    requires dev.mapsovereign.database;
    requires dev.mapsovereign.migrations;
    requires dev.mapsovereign.auditlog;
}
