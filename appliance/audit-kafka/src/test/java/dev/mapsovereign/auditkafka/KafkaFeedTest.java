package dev.mapsovereign.auditkafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.auditstore.AuditFeed;
import dev.mapsovereign.auditstore.KafkaFeedConfig;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** The feed against Apache Kafka's own broker. */
@Tag("slow")
class KafkaFeedTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final TenantId ZETA = TenantId.of("zeta");
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @TempDir private static Path brokerFolder;
    private static TestBroker broker;

    @TempDir private Path folder;
    private AuditLog log;
    private String topic;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = new TestBroker(brokerFolder);
    }

    @AfterAll
    static void stopBroker() throws Exception {
        broker.close();
    }

    @BeforeEach
    void open(TestInfo test) throws Exception {
        log =
                AuditLog.open(
                        AuditLogConfig.defaults(
                                        folder.resolve("audit"),
                                        new NodeName("one"),
                                        Secret.copyOf(new byte[32]),
                                        Ed25519.jdk())
                                .withSpace(8 << 20, 1 << 20, 0, 1L << 40));
        log.createTenant(ACME);
        log.createTenant(ZETA);
        topic = test.getTestMethod().orElseThrow().getName();
        broker.createTopic(topic, 3);
    }

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void records_ofTwoTenants_arriveInOrderAndOnceOverARestart() {
        append(300);
        try (AuditFeed feed = feed(broker.address())) {
            await(() -> feed.behind() == 0 && feed.trouble().isEmpty());
        }
        append(50);
        try (AuditFeed feed = feed(broker.address())) {
            assertThat(feed.behind()).isLessThanOrEqualTo(total());
            await(() -> feed.behind() == 0 && feed.trouble().isEmpty());
        }
        List<ConsumerRecord<byte[], byte[]>> read = broker.read(topic, (int) total());
        assertThat(read).hasSize((int) total());
        assertThat(keysOfPartitions(read)).as("each tenant has one partition").hasSize(3);
        for (TenantId tenant : log.tenants()) {
            List<String> indexes =
                    read.stream()
                            .filter(each -> text(each.key()).equals(tenant.value()))
                            .map(each -> header(each, "map-index"))
                            .toList();
            for (int i = 0; i < log.head(tenant).size(); i++) {
                assertThat(indexes.get(i)).isEqualTo(Integer.toString(i));
            }
        }
        read.forEach(this::requireTheLogs);
    }

    @Test
    void brokerKilledAndBack_nothingIsLostAndNobodyWaited() throws Exception {
        try (AuditFeed feed = feed(broker.address())) {
            append(200);
            await(() -> feed.behind() == 0);
            broker.kill();
            append(500); // returns although nobody takes them
            assertThat(feed.behind()).isPositive();
            await(() -> feed.trouble().isPresent());
            broker.restart();
            await(() -> feed.behind() == 0 && feed.trouble().isEmpty());
            append(20);
            await(() -> feed.behind() == 0);
        }
        List<ConsumerRecord<byte[], byte[]>> read = broker.read(topic, (int) total());
        Set<String> seen = new TreeSet<>();
        read.forEach(each -> {
            requireTheLogs(each);
            seen.add(header(each, "map-node") + text(each.key()) + header(each, "map-index"));
        });
        assertThat(seen).as("each at least once").hasSize((int) total());
    }

    @Test
    void tls_brokerTrustedByItsCertificate_isFed() {
        append(10);
        KafkaFeedConfig config =
                new KafkaFeedConfig(
                        List.of(broker.tlsAddress()),
                        topic,
                        Optional.of(
                                new KafkaFeedConfig.Tls(
                                        broker.certificate(), Optional.empty(), Optional.empty())),
                        folder.resolve("position.json"),
                        broker.tlsAddress()::equals);
        try (AuditFeed feed = new KafkaFeedProvider().start(log, config)) {
            await(() -> feed.behind() == 0 && feed.trouble().isEmpty());
        }
        assertThat(broker.read(topic, (int) total())).hasSize((int) total());
    }

    @Test
    void brokerThatNamesAnAddressWhichIsNotListed_isSentNothing() {
        append(10);
        String asked = broker.address().replace("127.0.0.1", "localhost");
        try (AuditFeed feed =
                new KafkaFeedProvider().start(log, config(asked, Set.of(asked)::contains))) {
            await(() ->
                    feed.trouble()
                            .filter(text ->
                                    text.contains(
                                            broker.address()
                                                    + " among themselves, which is not in"
                                                    + " sovereign.allowed_egress"))
                            .isPresent());
        }
        assertThat(broker.read(topic, 0)).isEmpty();
    }

    @Test
    void positionAheadOrBroken_isSaidAndNothingIsGuessed() throws Exception {
        append(5);
        Path position = folder.resolve("position.json");
        for (String content :
                List.of(
                        "{\"node\":\"%s\",\"position\":\"900:0:0\",\"records\":\"7\",\"topic\":\"%s\"}"
                                .formatted(log.node(), topic),
                        "no JSON")) {
            Files.writeString(position, content);
            try (AuditFeed feed = feed(broker.address())) {
                await(() ->
                        feed.trouble()
                                .filter(text -> text.contains("to send every record again"))
                                .isPresent());
            }
        }
        Files.delete(position);
        try (AuditFeed feed = feed(broker.address())) {
            await(() -> feed.behind() == 0 && feed.trouble().isEmpty());
        }
        assertThat(broker.read(topic, (int) total())).hasSize((int) total());
    }

    private AuditFeed feed(String address) {
        return new KafkaFeedProvider().start(log, config(address, address::equals));
    }

    private KafkaFeedConfig config(
            String address, java.util.function.Predicate<String> mayConnect) {
        return new KafkaFeedConfig(
                List.of(address),
                topic,
                Optional.empty(),
                folder.resolve("position.json"),
                mayConnect);
    }

    private void append(int count) {
        for (int i = 0; i < count; i++) {
            var _ =
                    log.append(
                            AuditDraft.builder(
                                            i % 3 == 0 ? ZETA : ACME,
                                            EventType.PROTOCOL_INVOCATION,
                                            AuditOutcome.SUCCESS)
                                    .protocol("MAX")
                                    .operation("audit_query")
                                    .build());
        }
    }

    private long total() {
        return log.tenants().stream().mapToLong(tenant -> log.head(tenant).size()).sum();
    }

    private static Map<String, Integer> keysOfPartitions(
            List<ConsumerRecord<byte[], byte[]>> read) {
        Map<String, Integer> partitions = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> each : read) {
            Integer before = partitions.put(text(each.key()), each.partition());
            assertThat(before == null || before == each.partition()).isTrue();
        }
        return partitions;
    }

    private void requireTheLogs(ConsumerRecord<byte[], byte[]> message) {
        TenantId tenant =
                text(message.key()).equals("_node")
                        ? TenantId.NODE
                        : TenantId.of(text(message.key()));
        long index = Long.parseLong(header(message, "map-index"));
        assertThat(header(message, "map-node")).isEqualTo(log.node());
        assertThat(message.value()).isEqualTo(log.record(tenant, index));
        assertThat(header(message, "map-hash"))
                .isEqualTo(Hex.encode(log.recordHash(tenant, index)));
    }

    private static String header(ConsumerRecord<byte[], byte[]> message, String name) {
        return text(message.headers().lastHeader(name).value());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("patience").isLessThan(deadline);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
