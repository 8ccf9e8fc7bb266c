package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.AuditLog;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Makes the feed into Kafka. An interface, because the only implementation comes with an archive of
 * its own: the base release holds no Kafka client.
 */
public interface AuditFeedProvider {
    /** Starts to feed that log, from where it was left. */
    AuditFeed start(AuditLog log, KafkaFeedConfig config);

    /** The provider that was unpacked beside this release's jars, if one was. */
    static Optional<AuditFeedProvider> find() {
        return ServiceLoader.load(AuditFeedProvider.class).findFirst();
    }
}
