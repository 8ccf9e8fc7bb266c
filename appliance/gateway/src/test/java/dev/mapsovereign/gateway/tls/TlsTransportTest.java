package dev.mapsovereign.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.tls.TlsFiles;
import dev.mapsovereign.gateway.listen.Connection;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.listen.Listener;
import dev.mapsovereign.gateway.testing.TestTls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS against the JDK's own client, over an echo. */
class TlsTransportTest {
    @TempDir private Path folder;
    private final List<Listener> listeners = new ArrayList<>();

    /** A running echo server and what its clients need. */
    private record Running(int port, SSLContext trust) {
        SSLSocket connect() throws IOException {
            return (SSLSocket)
                    trust.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        }
    }

    @AfterEach
    void stop() {
        listeners.forEach(Listener::close);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-keyalg EC -groupname secp256r1",
                "-keyalg Ed25519",
                "-keyalg RSA -keysize 2048"
            })
    void echo_everyKindOfKey_worksWithTls13(String keyOptions) throws Exception {
        Running server = start(keyOptions);
        try (SSLSocket socket = server.connect()) {
            socket.startHandshake();
            assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
            assertThat(socket.getSession().getCipherSuite()).isEqualTo("TLS_AES_256_GCM_SHA384");
            socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TLS_AES_256_GCM_SHA384",
                "TLS_CHACHA20_POLY1305_SHA256",
                "TLS_AES_128_GCM_SHA256"
            })
    void echo_everySuite_carriesMegabytesBothWays(String suite) throws Exception {
        Running server = start("-keyalg EC -groupname secp256r1");
        byte[] sent = new byte[3_000_000];
        new Random(7).nextBytes(sent);
        try (SSLSocket socket = server.connect()) {
            socket.setEnabledCipherSuites(new String[] {suite});
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            Thread writer =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    for (int at = 0; at < sent.length; at += 10_007) {
                                        out.write(sent, at, Math.min(10_007, sent.length - at));
                                    }
                                } catch (IOException e) {
                                    throw new AssertionError(e);
                                }
                            });
            assertThat(Arrays.equals(in.readNBytes(sent.length), sent)).isTrue();
            writer.join();
            assertThat(socket.getSession().getCipherSuite()).isEqualTo(suite);
        }
    }

    @Test
    void open_tls12_isRefused() throws Exception {
        Running server = start("-keyalg EC -groupname secp256r1");
        try (SSLSocket socket = server.connect()) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            assertThatThrownBy(socket::startHandshake)
                    .isInstanceOf(SSLException.class)
                    .hasMessageContaining("protocol_version");
        }
    }

    @Test
    void open_plainHttp_isClosed() throws Exception {
        Running server = start("-keyalg EC -groupname secp256r1");
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readAllBytes();
            assertThat(new String(answer, StandardCharsets.ISO_8859_1)).doesNotContain("HTTP");
        }
    }

    @Test
    void open_silentClient_isCutAfterTheHandshakeTime() throws Exception {
        Running server = start("-keyalg EC -groupname secp256r1");
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void applicationProtocol_offered_bestOfBothIsChosen() throws Exception {
        Running server = start("-keyalg EC -groupname secp256r1");
        try (SSLSocket socket = server.connect()) {
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"http/1.1", "h2"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            assertThat(socket.getApplicationProtocol()).isEqualTo("h2");
        }
        try (SSLSocket socket = server.connect()) {
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"spdy/3"});
            socket.setSSLParameters(parameters);
            assertThatThrownBy(socket::startHandshake)
                    .isInstanceOf(SSLException.class)
                    .hasMessageContaining("no_application_protocol");
        }
    }

    @Test
    void linger_serverEnds_clientSeesAnOrderlyEnd() throws Exception {
        Running server = start("-keyalg EC -groupname secp256r1");
        try (SSLSocket socket = server.connect()) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write('.');
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo(".");
        }
    }

    private Running start(String keyOptions) throws Exception {
        TestTls tls = TestTls.create(folder, keyOptions.split(" "));
        TlsContext context =
                new TlsContext(
                        TlsFiles.read(tls.chainFile(), tls.keyFile()),
                        List.of("h2", "http/1.1"),
                        new ShownCertificates(List::of));
        Listener listener =
                Listener.open(
                        "tls-test",
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        impatient(),
                        context::transport,
                        TlsTransportTest::echo);
        listeners.add(listener);
        return new Running(((InetSocketAddress) listener.address()).getPort(), tls.client());
    }

    /** Sends back what comes; ends when a full stop stands alone. */
    private static void echo(Connection connection) throws IOException {
        byte[] bytes = new byte[5000];
        while (true) {
            int got = connection.transport().read(bytes, 0, bytes.length);
            if (got < 0) {
                return;
            }
            connection.write(bytes, 0, got);
            if (got == 1 && bytes[0] == '.') {
                connection.linger();
                return;
            }
            connection.transport().rest();
        }
    }

    private static EdgeLimits impatient() {
        EdgeLimits usual = EdgeLimits.defaults();
        return new EdgeLimits(
                50,
                50,
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                usual.fieldsMax(),
                usual.headBytesMax(),
                usual.streamsMax(),
                usual.bodyBytesTogetherMax());
    }
}
