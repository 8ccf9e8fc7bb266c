import org.jspecify.annotations.NullMarked;

/** The audit log's index in a database, refilled from the journal at any time. */
@NullMarked
module dev.mapsovereign.auditstore {
    requires static org.jspecify;
    requires java.management;
    requires java.sql;
    requires jdk.management;
    requires transitive dev.mapsovereign.base;
    requires transitive dev.mapsovereign.config;
    requires transitive dev.mapsovereign.database;
    requires transitive dev.mapsovereign.auditlog;

    exports dev.mapsovereign.auditstore;

    // The archive with the Kafka client, where it was unpacked.
    uses dev.mapsovereign.auditstore.AuditFeedProvider;
}
