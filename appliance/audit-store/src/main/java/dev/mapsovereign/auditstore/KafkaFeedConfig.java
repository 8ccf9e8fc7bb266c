package dev.mapsovereign.auditstore;

import dev.mapsovereign.config.ConfigSection;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Where records are fed to in Kafka; configuration section {@code [audit.kafka]}.
 *
 * @param brokers {@code host:port} each; at least one
 * @param topic to which every record goes
 * @param tls how brokers are recognized; without it connections are plain
 * @param positionFile remembers how far the journal was fed
 * @param mayConnect whether an address may be connected to; the brokers' own lists of addresses are
 *     held against it too
 */
public record KafkaFeedConfig(
        List<String> brokers,
        String topic,
        Optional<Tls> tls,
        Path positionFile,
        Predicate<String> mayConnect) {
    private static final String TOPIC_DEFAULT = "map-audit";

    /** Kafka's rule for names of topics, without {@code .}, which collides with {@code _}. */
    private static final String TOPIC_FORM = "[A-Za-z0-9_-]{1,200}";

    /**
     * Certificates as PEM files.
     *
     * @param caFile whose servers are trusted
     * @param certificateFile with which this node shows itself; goes with
     * @param keyFile its PKCS#8 key
     */
    public record Tls(Path caFile, Optional<Path> certificateFile, Optional<Path> keyFile) {}

    /**
     * @throws IllegalArgumentException without a broker, or for a topic Kafka would not take
     */
    public KafkaFeedConfig {
        brokers = List.copyOf(brokers);
        if (brokers.isEmpty() || !topic.matches(TOPIC_FORM)) {
            throw new IllegalArgumentException("a feed has a broker, and a topic " + TOPIC_FORM);
        }
    }

    /** What a table says before the rest of the configuration is known. */
    public record Settings(
            List<String> brokers, String topic, Optional<Tls> tls, boolean plaintext) {
        /** Copies the list. */
        public Settings {
            brokers = List.copyOf(brokers);
        }

        /** The whole, with what the table does not hold. */
        public KafkaFeedConfig with(Path positionFile, Predicate<String> mayConnect) {
            return new KafkaFeedConfig(brokers, topic, tls, positionFile, mayConnect);
        }
    }

    /**
     * Reads {@code brokers}, {@code topic}, {@code ca_file}, {@code cert_file}, {@code key_file}
     * and {@code plaintext}.
     *
     * @param wanted whether records are to go to Kafka; then what must be there is missed
     */
    public static Settings read(ConfigSection section, boolean wanted) {
        List<String> brokers =
                section.texts("brokers")
                        .where(
                                list -> list.stream().allMatch(KafkaFeedConfig::isAddress),
                                "each is host:port")
                        .orElse(List.of());
        String topic =
                section.text("topic")
                        .where(text -> text.matches(TOPIC_FORM), "must match " + TOPIC_FORM)
                        .orElse(TOPIC_DEFAULT);
        Optional<Path> ca = section.path("ca_file").optional();
        Optional<Path> certificate = section.path("cert_file").optional();
        Optional<Path> key = section.path("key_file").optional();
        boolean plaintext = section.bool("plaintext").orElse(false);
        if (wanted && brokers.isEmpty()) {
            section.problem("brokers", "at least one, as host:port, since audit.sink is kafka");
        }
        if (wanted && ca.isEmpty() && !plaintext) {
            section.problem(
                    "ca_file", "whose brokers are trusted; or plaintext = true without any TLS");
        }
        if (certificate.isPresent() != key.isPresent() || (key.isPresent() && ca.isEmpty())) {
            section.problem("cert_file", "goes with key_file and ca_file");
        }
        return new Settings(
                brokers, topic, ca.map(file -> new Tls(file, certificate, key)), plaintext);
    }

    private static boolean isAddress(String text) {
        return text.matches("[^:\\s]+:[0-9]{1,5}|\\[[0-9a-fA-F:]+\\]:[0-9]{1,5}");
    }
}
