import org.jspecify.annotations.NullMarked;

/**
 * Feeds the audit log into a Kafka topic; start at KafkaFeed. Not part of the base release: an
 * archive of its own brings this module and the client.
 */
@NullMarked
module dev.mapsovereign.auditkafka {
    requires static org.jspecify;
    requires java.logging;
    requires java.management; // for the client, which is an automatic module and cannot say so
    requires java.security.sasl;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.auditlog;
    requires dev.mapsovereign.auditstore;
    requires kafka.clients;

    provides dev.mapsovereign.auditstore.AuditFeedProvider with
            dev.mapsovereign.auditkafka.KafkaFeedProvider;
}
