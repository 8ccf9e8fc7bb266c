package dev.mapsovereign.engine.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.route.EgressPolicy;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** TLS to a remote process: whom it trusts, and that names count. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UpstreamTlsTest {
    private static final char[] PASSWORD = "for this test only".toCharArray();
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final AtomicInteger handshakes = new AtomicInteger();
    private HttpsServer server;
    private SSLSocketFactory trusting;
    private SSLSocketFactory trustingAnother;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        KeyStore ours = keyStore(folder.resolve("ours.p12"));
        trusting = trust(ours);
        trustingAnother = trust(keyStore(folder.resolve("other.p12")));
        SSLContext context = SSLContext.getInstance("TLS");
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(ours, PASSWORD);
        context.init(keys.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext(
                "/",
                exchange -> {
                    handshakes.incrementAndGet();
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        server.start();
    }

    @AfterAll
    void stop() {
        server.stop(0);
    }

    /** The JDK has no public way to make a certificate but its own tool. */
    private static KeyStore keyStore(Path file) throws Exception {
        Path tool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process process =
                new ProcessBuilder(
                                tool.toString(),
                                "-genkeypair",
                                "-alias",
                                "server",
                                "-keyalg",
                                "EC",
                                "-groupname",
                                "secp256r1",
                                "-dname",
                                "CN=upstream",
                                "-validity",
                                "2",
                                "-ext",
                                "san=ip:127.0.0.1",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                file.toString(),
                                "-storepass",
                                new String(PASSWORD))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        assertThat(process.waitFor()).isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    private static SSLSocketFactory trust(KeyStore issuer) throws Exception {
        KeyStore anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        anchors.setCertificateEntry("anchor", issuer.getCertificate("server"));
        TrustManagerFactory managers =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(anchors);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context.getSocketFactory();
    }

    private UpstreamAnswer send(String host, Optional<SSLSocketFactory> tls)
            throws UpstreamException {
        String authority = host + ":" + server.getAddress().getPort();
        try (UpstreamClient client =
                new UpstreamClient(new EgressPolicy(List.of(authority)), tls)) {
            return client.send(
                    URI.create("https://" + authority + "/"),
                    REQUEST,
                    true,
                    Deadline.after(Duration.ofSeconds(20)));
        }
    }

    private void refused(String host, Optional<SSLSocketFactory> tls) {
        int before = handshakes.get();
        assertThatThrownBy(() -> send(host, tls))
                .isInstanceOfSatisfying(
                        UpstreamException.class,
                        failed ->
                                assertThat(failed.reach())
                                        .isEqualTo(UpstreamException.Reach.NOT_SENT));
        assertThat(handshakes).as("nothing was sent").hasValue(before);
    }

    @Test
    void send_trustedAndRightName_isAnswered() throws Exception {
        assertThat(send("127.0.0.1", Optional.of(trusting)).status()).isEqualTo(200);
    }

    @Test
    void send_anotherAnchor_isNotSent() {
        refused("127.0.0.1", Optional.of(trustingAnother));
    }

    @Test
    void send_anotherName_isNotSent() {
        refused("localhost", Optional.of(trusting));
    }

    @Test
    void send_noTrustConfigured_isNotSent() {
        refused("127.0.0.1", Optional.empty());
    }
}
