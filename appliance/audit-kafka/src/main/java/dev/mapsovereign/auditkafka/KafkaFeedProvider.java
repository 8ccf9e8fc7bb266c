package dev.mapsovereign.auditkafka;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditstore.AuditFeed;
import dev.mapsovereign.auditstore.AuditFeedProvider;
import dev.mapsovereign.auditstore.KafkaFeedConfig;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Found by the node when this archive was unpacked beside its jars. */
public final class KafkaFeedProvider implements AuditFeedProvider {
    /**
     * The client writes all of its settings into the log whenever one is made, and a line for each
     * attempt to connect; {@link KafkaFeed} says once what is wrong. Kept here, since the JDK
     * forgets levels of loggers that nobody holds.
     */
    private static final Logger CLIENT = Logger.getLogger("org.apache.kafka");

    /** For the service loader. */
    public KafkaFeedProvider() {}

    @Override
    public AuditFeed start(AuditLog log, KafkaFeedConfig config) {
        if (CLIENT.getLevel() == null) { // unless the node's log filter says otherwise
            CLIENT.setLevel(Level.SEVERE);
        }
        KafkaFeed feed = new KafkaFeed(log, config);
        feed.start();
        return feed;
    }
}
