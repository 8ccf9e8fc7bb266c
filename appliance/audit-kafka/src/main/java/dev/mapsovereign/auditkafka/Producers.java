package dev.mapsovereign.auditkafka;

import dev.mapsovereign.auditstore.KafkaFeedConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Makes the clients, with every setting that matters here said aloud. */
final class Producers {
    private Producers() {}

    /** The one that sends: a record counts when all in-sync replicas have it, and once. */
    static KafkaProducer<byte[], byte[]> sending(KafkaFeedConfig config) throws IOException {
        Map<String, Object> settings = common(config);
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /**
     * One that only asks where the topic's brokers are. Without idempotence a client connects to no
     * address but the configured ones until it sends.
     */
    static KafkaProducer<byte[], byte[]> asking(KafkaFeedConfig config) throws IOException {
        Map<String, Object> settings = common(config);
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static Map<String, Object> common(KafkaFeedConfig config) throws IOException {
        Map<String, Object> settings = new HashMap<>();
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, config.brokers());
        settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Limits.REQUEST_BYTES_MAX);
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, Limits.BUFFER_BYTES);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Limits.METADATA.toMillis());
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, millis(Limits.REQUEST));
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, millis(Limits.DELIVERY));
        settings.put(
                ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, Limits.RETRY_LONGEST.toMillis());
        // Otherwise brokers may ask a client for figures about itself.
        settings.put(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        if (config.tls().isPresent()) {
            tls(settings, config.tls().get());
        }
        return settings;
    }

    private static void tls(Map<String, Object> settings, KafkaFeedConfig.Tls tls)
            throws IOException {
        settings.put("security.protocol", "SSL");
        settings.put(SslConfigs.SSL_ENABLED_PROTOCOLS_CONFIG, "TLSv1.3");
        settings.put(SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG, "PEM");
        settings.put(SslConfigs.SSL_TRUSTSTORE_CERTIFICATES_CONFIG, Files.readString(tls.caFile()));
        if (tls.certificateFile().isPresent() && tls.keyFile().isPresent()) {
            Path certificate = tls.certificateFile().get();
            settings.put(SslConfigs.SSL_KEYSTORE_TYPE_CONFIG, "PEM");
            settings.put(
                    SslConfigs.SSL_KEYSTORE_CERTIFICATE_CHAIN_CONFIG,
                    Files.readString(certificate));
            settings.put(SslConfigs.SSL_KEYSTORE_KEY_CONFIG, Files.readString(tls.keyFile().get()));
        }
    }

    private static int millis(Duration duration) {
        return Math.toIntExact(duration.toMillis());
    }
}
