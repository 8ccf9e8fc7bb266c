package dev.mapsovereign.auditkafka;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.JournalReader;
import dev.mapsovereign.auditlog.LoggedRecord;
import dev.mapsovereign.auditlog.Position;
import dev.mapsovereign.auditstore.AuditFeed;
import dev.mapsovereign.auditstore.KafkaFeedConfig;
import dev.mapsovereign.base.crypto.Hex;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.header.Headers;

/**
 * Sends every durable record to the topic, in the order of the journal. A batch is sent, all its
 * acknowledgements are awaited, then the position behind it is synced; whatever fails in between,
 * the batch is sent again. So each record arrives at least once, and what a reader sees twice has
 * the same node, tenant and index (docs/reference/audit-kafka.md).
 *
 * <p>One thread does the work; nobody ever waits for it.
 */
final class KafkaFeed implements AuditFeed {
    private static final System.Logger LOG = System.getLogger(KafkaFeed.class.getName());

    private final AuditLog log;
    private final KafkaFeedConfig config;
    private final Thread thread;

    /** Covers what follows; held for a few instructions. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private boolean closing;
    private Optional<String> trouble = Optional.of("starting");
    private long sent;
    private Position followed = Position.START;

    /** The client in use: closing it wakes the thread out of any wait. */
    private Optional<KafkaProducer<byte[], byte[]>> client = Optional.empty();

    KafkaFeed(AuditLog log, KafkaFeedConfig config) {
        this.log = log;
        this.config = config;
        this.thread = Thread.ofPlatform().name("audit-kafka").daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    @Override
    public Position followed() {
        lock.lock();
        try {
            return followed;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long behind() {
        long durable =
                log.status().tenants().stream().mapToLong(tenant -> tenant.head().size()).sum();
        lock.lock();
        try {
            return Math.max(0, durable - sent);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<String> trouble() {
        lock.lock();
        try {
            return trouble;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        Optional<KafkaProducer<byte[], byte[]>> open;
        lock.lock();
        try {
            closing = true;
            open = client;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        // Never by interrupting the thread: the journal's file would be closed under the reader.
        open.ifPresent(each -> each.close(Duration.ZERO));
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Duration pause = Limits.RETRY_FIRST;
        while (!isClosing()) {
            try {
                requireAllowed();
                feedUntilTold();
                pause = Limits.RETRY_FIRST;
            } catch (InterruptedException | IOException | RuntimeException | Error e) {
                if (!isClosing()) {
                    pause = trouble().isEmpty() ? Limits.RETRY_FIRST : longer(pause);
                    note(Optional.of(Objects.requireNonNullElse(e.getMessage(), e.toString())));
                    pause(pause);
                }
            }
        }
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(Limits.RETRY_LONGEST) < 0 ? twice : Limits.RETRY_LONGEST;
    }

    /**
     * Brokers answer with addresses of their own, and a client goes there. So they are asked first
     * by one that sends nothing.
     */
    private void requireAllowed() throws IOException {
        try (Client asking = use(Producers.asking(config))) {
            requireAllowed(asking.producer());
        }
    }

    private void requireAllowed(KafkaProducer<byte[], byte[]> producer) {
        for (PartitionInfo partition : producer.partitionsFor(config.topic())) {
            for (Node broker : partition.replicas()) {
                String address = address(broker);
                if (broker.port() > 0 && !config.mayConnect().test(address)) {
                    throw new IllegalStateException(
                            "the brokers name "
                                    + address
                                    + " among themselves, which is not in"
                                    + " sovereign.allowed_egress; nothing is sent");
                }
            }
        }
    }

    private static String address(Node broker) {
        String host = broker.host().contains(":") ? "[" + broker.host() + "]" : broker.host();
        return host + ":" + broker.port();
    }

    private void feedUntilTold() throws InterruptedException, IOException {
        FeedPosition position =
                FeedPosition.read(config.positionFile(), log.node(), config.topic());
        reached(position);
        try (JournalReader reader = follow(position);
                Client sending = use(Producers.sending(config))) {
            KafkaProducer<byte[], byte[]> producer = sending.producer();
            while (!isClosing()) {
                List<LoggedRecord> records = reader.next(Limits.BATCH_RECORDS, Limits.IDLE);
                if (!records.isEmpty()) {
                    requireAllowed(producer); // from what the client knows; no request
                    send(producer, records);
                    position = position.after(records.getLast().after(), records.size());
                    position.write(config.positionFile());
                    reached(position);
                }
                note(Optional.empty());
            }
        }
    }

    private JournalReader follow(FeedPosition position) {
        try {
            return log.follow(position.position());
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    config.positionFile()
                            + " is ahead of the journal ("
                            + e.getMessage()
                            + "): one of both was restored;"
                            + " remove that file to send every record again",
                    e);
        }
    }

    private void send(KafkaProducer<byte[], byte[]> producer, List<LoggedRecord> records)
            throws InterruptedException {
        List<Future<RecordMetadata>> waiting = new ArrayList<>(records.size());
        for (LoggedRecord record : records) {
            waiting.add(producer.send(message(record)));
        }
        producer.flush();
        for (Future<RecordMetadata> each : waiting) {
            try {
                var _ = each.get();
            } catch (ExecutionException e) {
                Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
                throw new IllegalStateException(
                        "the brokers did not take a batch: " + cause.getMessage(), e);
            }
        }
    }

    private ProducerRecord<byte[], byte[]> message(LoggedRecord record) {
        ProducerRecord<byte[], byte[]> message =
                new ProducerRecord<>(
                        config.topic(), ascii(record.tenant().value()), record.record());
        Headers headers = message.headers();
        headers.add("map-node", ascii(log.node()));
        headers.add("map-index", ascii(Long.toString(record.index())));
        headers.add("map-hash", ascii(Hex.encode(record.hash())));
        return message;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** A client in use; its end waits for nothing, since what was not acknowledged goes again. */
    private final class Client implements AutoCloseable {
        private final KafkaProducer<byte[], byte[]> producer;

        Client(KafkaProducer<byte[], byte[]> producer) {
            this.producer = producer;
        }

        KafkaProducer<byte[], byte[]> producer() {
            return producer;
        }

        @Override
        public void close() {
            lock.lock();
            try {
                client = Optional.empty();
            } finally {
                lock.unlock();
            }
            producer.close(Duration.ZERO);
        }
    }

    private Client use(KafkaProducer<byte[], byte[]> producer) {
        Client made = new Client(producer);
        lock.lock();
        try {
            client = Optional.of(producer);
            if (!closing) {
                return made;
            }
        } finally {
            lock.unlock();
        }
        made.close();
        throw new IllegalStateException("closing");
    }

    private void reached(FeedPosition position) {
        lock.lock();
        try {
            sent = position.records();
            followed = position.position();
        } finally {
            lock.unlock();
        }
    }

    private boolean isClosing() {
        lock.lock();
        try {
            return closing;
        } finally {
            lock.unlock();
        }
    }

    /** Says once in the log what changed. */
    private void note(Optional<String> now) {
        Optional<String> before;
        lock.lock();
        try {
            before = trouble;
            trouble = now;
        } finally {
            lock.unlock();
        }
        if (!before.equals(now)) {
            LOG.log(
                    now.isPresent() ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
                    "audit feed into the Kafka topic {0}: {1}",
                    config.topic(),
                    now.orElse("follows the log"));
        }
    }

    private void pause(Duration pause) {
        lock.lock();
        try {
            long left = pause.toNanos();
            while (left > 0 && !closing) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            // Nobody interrupts this thread; if somebody did, the pause was shorter.
        } finally {
            lock.unlock();
        }
    }
}
