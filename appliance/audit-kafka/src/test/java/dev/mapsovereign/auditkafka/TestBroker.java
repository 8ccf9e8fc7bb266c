package dev.mapsovereign.auditkafka;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** One real broker on loopback: plain and TLS, its own controller, data in a folder. */
final class TestBroker implements AutoCloseable {
    private static final Duration START_MAX = Duration.ofMinutes(4);
    private static final Duration SILENCE = Duration.ofSeconds(2);

    private final Path folder;
    private final int port;
    private final int tlsPort;
    private Process process;

    TestBroker(Path folder) throws Exception {
        this.folder = folder;
        this.port = freePort();
        this.tlsPort = freePort();
        makeCertificate();
        Files.writeString(
                folder.resolve("server.properties"),
                """
                process.roles=broker,controller
                node.id=1
                listeners=PLAINTEXT://127.0.0.1:%1$d,SSL://127.0.0.1:%2$d,CONTROLLER://127.0.0.1:%3$d
                advertised.listeners=PLAINTEXT://127.0.0.1:%1$d,SSL://127.0.0.1:%2$d
                controller.listener.names=CONTROLLER
                controller.quorum.voters=1@127.0.0.1:%3$d
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,CONTROLLER:PLAINTEXT
                inter.broker.listener.name=PLAINTEXT
                ssl.keystore.type=PEM
                ssl.keystore.location=%4$s/broker.pem
                log.dirs=%4$s/data
                offsets.topic.replication.factor=1
                transaction.state.log.replication.factor=1
                transaction.state.log.min.isr=1
                share.coordinator.state.topic.replication.factor=1
                share.coordinator.state.topic.min.isr=1
                auto.create.topics.enable=false
                """
                        .formatted(port, tlsPort, freePort(), folder));
        process = launch();
        awaitListening();
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    String tlsAddress() {
        return "127.0.0.1:" + tlsPort;
    }

    Path certificate() {
        return folder.resolve("certificate.pem");
    }

    void createTopic(String topic, int partitions) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", address()))) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
                    .all()
                    .get(START_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(logTail(), e);
        }
    }

    /** SIGKILL; its data stays. */
    void kill() {
        var _ = process.destroyForcibly().onExit().join();
    }

    void restart() throws IOException, InterruptedException {
        process = launch();
        awaitListening();
    }

    /** Everything in a topic, partition by partition in its order. */
    List<ConsumerRecord<byte[], byte[]>> read(String topic, int expected) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", address());
        settings.put("auto.offset.reset", "earliest");
        List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(topic).stream()
                            .map(each -> new TopicPartition(topic, each.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long total =
                    consumer.endOffsets(partitions).values().stream()
                            .mapToLong(Long::longValue)
                            .sum();
            long deadline = System.nanoTime() + START_MAX.toNanos();
            while (read.size() < Math.max(total, expected) && System.nanoTime() < deadline) {
                consumer.poll(SILENCE).forEach(read::add);
            }
        }
        return read;
    }

    @Override
    public void close() {
        kill();
    }

    private Process launch() throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        String classPath =
                System.getProperty("jdk.module.path", "")
                        + File.pathSeparator
                        + System.getProperty("java.class.path");
        String classes =
                BrokerProgram.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        return new ProcessBuilder(
                        java.toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        Path.of(classes).resolveSibling("test-classes")
                                + File.pathSeparator
                                + classes
                                + File.pathSeparator
                                + classPath,
                        "dev.mapsovereign.auditkafka.BrokerProgram",
                        folder.resolve("server.properties").toString())
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("broker.log").toFile()))
                .start();
    }

    private void awaitListening() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_MAX.toNanos();
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IOException("the broker did not start: " + logTail(), e);
                }
                Thread.sleep(100);
            }
        }
    }

    private String logTail() throws IOException {
        String all = Files.readString(folder.resolve("broker.log"));
        return all.substring(Math.max(0, all.length() - 3000));
    }

    private void makeCertificate() throws IOException, InterruptedException {
        Path key = folder.resolve("key.pem");
        Process openssl =
                new ProcessBuilder(
                                "openssl",
                                "req",
                                "-x509",
                                "-newkey",
                                "rsa:2048",
                                "-nodes",
                                "-days",
                                "2",
                                "-subj",
                                "/CN=127.0.0.1",
                                "-addext",
                                "subjectAltName=IP:127.0.0.1",
                                "-keyout",
                                key.toString(),
                                "-out",
                                certificate().toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (openssl.waitFor() != 0) {
            throw new IOException("openssl: " + said);
        }
        Files.writeString(
                folder.resolve("broker.pem"),
                Files.readString(key) + Files.readString(certificate()));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
