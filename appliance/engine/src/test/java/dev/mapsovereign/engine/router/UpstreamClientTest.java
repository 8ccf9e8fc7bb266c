package dev.mapsovereign.engine.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.route.EgressPolicy;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The client against servers that do what servers should not, over real sockets. */
final class UpstreamClientTest {
    private static final byte[] REQUEST =
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OK =
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".getBytes(StandardCharsets.US_ASCII);

    private final CountDownLatch end = new CountDownLatch(1);
    private final AtomicReference<Talk> talk = new AtomicReference<>(socket -> {});
    private final Server server = new Server(socket -> talk.get().with(socket));
    private final String authority = "127.0.0.1:" + server.listening.getLocalPort();
    private final UpstreamClient client =
            new UpstreamClient(new EgressPolicy(List.of(authority)), Optional.empty());

    /** What a server does with one connection. */
    private interface Talk {
        void with(Socket socket) throws Exception;
    }

    private static final class Server implements Closeable {
        private final ServerSocket listening;
        private final AtomicInteger connections = new AtomicInteger();

        Server(Talk talk) {
            try {
                listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
            Thread.ofVirtual().start(() -> accept(talk));
        }

        private void accept(Talk talk) {
            while (!listening.isClosed()) {
                try {
                    Socket socket = listening.accept();
                    connections.incrementAndGet();
                    Thread.ofVirtual()
                            .start(() -> {
                                try (socket) {
                                    talk.with(socket);
                                } catch (Exception gone) {
                                    // The client hung up; that is what some tests want.
                                }
                            });
                } catch (IOException closed) {
                    return;
                }
            }
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }

    private URI serve(Talk what) {
        talk.set(what);
        return URI.create("http://" + authority + "/");
    }

    @AfterEach
    void stop() throws IOException {
        end.countDown();
        client.close();
        server.close();
    }

    /** Reads one request without content. */
    private static void readRequest(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        int matched = 0;
        while (matched < 4) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("ended");
            }
            matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
        }
    }

    private static void answerForEver(Socket socket) throws IOException {
        while (true) {
            readRequest(socket);
            socket.getOutputStream().write(OK);
        }
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofMillis(300));
    }

    private static Deadline later() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private UpstreamException failure(
            URI address, byte[] request, boolean repeatable, Deadline by) {
        try {
            client.send(address, request, repeatable, by);
        } catch (UpstreamException failed) {
            return failed;
        }
        throw new AssertionError("it was answered");
    }

    @Test
    void send_manyCallsOneAfterAnother_useOneConnection() throws Exception {
        URI address = serve(UpstreamClientTest::answerForEver);
        for (int i = 0; i < 50; i++) {
            assertThat(client.send(address, REQUEST, false, later()).status()).isEqualTo(200);
        }

        assertThat(server.connections).hasValue(1);
    }

    @Test
    void send_keptConnectionClosedMeanwhile_isRepeatedOnlyWhereThatDoesNoHarm() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        URI address =
                serve(socket -> {
                    readRequest(socket);
                    requests.incrementAndGet();
                    socket.getOutputStream().write(OK);
                    readRequest(socket);
                });
        client.send(address, REQUEST, true, later());
        assertThat(client.send(address, REQUEST, true, later()).status()).isEqualTo(200);
        assertThat(server.connections).hasValue(2);

        UpstreamException failed = failure(address, REQUEST, false, later());
        assertThat(failed.reach()).isEqualTo(UpstreamException.Reach.STALE);
        assertThat(requests).as("not sent again").hasValue(2);
    }

    @Test
    void send_nobodyListens_isNotSent() throws IOException {
        String gone;
        try (ServerSocket brief = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            gone = "127.0.0.1:" + brief.getLocalPort();
        }
        try (UpstreamClient other =
                new UpstreamClient(new EgressPolicy(List.of(gone)), Optional.empty())) {
            assertThatThrownBy(
                            () -> other.send(URI.create("http://" + gone), REQUEST, false, later()))
                    .isInstanceOfSatisfying(
                            UpstreamException.class,
                            failed -> {
                                assertThat(failed.reach())
                                        .isEqualTo(UpstreamException.Reach.NOT_SENT);
                                assertThat(failed.late()).isFalse();
                            });
        }
    }

    @Test
    void send_addressNotNamed_isNotSent() {
        serve(socket -> {});
        URI elsewhere = URI.create("http://127.0.0.1:1/");

        UpstreamException failed = failure(elsewhere, REQUEST, true, later());
        assertThat(failed.reach()).isEqualTo(UpstreamException.Reach.NOT_SENT);
        assertThat(failed.reason()).contains("allowed_egress");
        assertThat(server.connections).hasValue(0);
    }

    @Test
    void send_silentServer_endsAtTheDeadline() {
        URI address = serve(socket -> end.await());

        UpstreamException failed = failure(address, REQUEST, false, soon());
        assertThat(failed.late()).isTrue();
        assertThat(failed.reach()).isEqualTo(UpstreamException.Reach.SENT);
    }

    @Test
    void send_serverThatDrips_endsAtTheDeadlineOfTheWhole() {
        URI address =
                serve(socket -> {
                    readRequest(socket);
                    for (byte next : OK) {
                        socket.getOutputStream().write(next);
                        end.await(100, java.util.concurrent.TimeUnit.MILLISECONDS);
                    }
                });

        assertThat(failure(address, REQUEST, false, soon()).late()).isTrue();
    }

    @Test
    void send_serverThatDoesNotRead_endsAtTheDeadlineThoughWritingBlocks() {
        URI address = serve(socket -> end.await());
        byte[] large = new byte[64 << 20];

        UpstreamException failed = failure(address, large, false, soon());
        assertThat(failed.late()).isTrue();
        assertThat(failed.reach()).isEqualTo(UpstreamException.Reach.SENT);
    }

    @Test
    void send_deadlinePassedAlready_isNotSent() {
        URI address = serve(UpstreamClientTest::answerForEver);

        UpstreamException failed = failure(address, REQUEST, true, Deadline.after(Duration.ZERO));
        assertThat(failed.late()).isTrue();
        assertThat(failed.reach()).isEqualTo(UpstreamException.Reach.NOT_SENT);
    }

    @Test
    void isWell_byStatus() {
        AtomicInteger status = new AtomicInteger(200);
        URI address =
                serve(socket -> {
                    readRequest(socket);
                    String answer = "HTTP/1.1 " + status + " x\r\nContent-Length: 0\r\n\r\n";
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                });

        assertThat(client.isWell(address, "/health", later())).isTrue();
        status.set(503);
        assertThat(client.isWell(address, "/health", later())).isFalse();
    }

    @Test
    void egressPolicy_entriesAndAddresses_areComparedByHostAndPort() {
        EgressPolicy policy =
                new EgressPolicy(List.of("Upstream.example:443", "[::1]:8080", "127.0.0.1:80"));

        assertThat(policy.allows(URI.create("https://upstream.example/path"))).isTrue();
        assertThat(policy.allows(URI.create("http://upstream.example/path"))).isFalse();
        assertThat(policy.allows(URI.create("http://[::1]:8080"))).isTrue();
        assertThat(policy.allows(URI.create("http://127.0.0.1"))).isTrue();
        assertThat(policy.allows(URI.create("http://127.0.0.1:81"))).isFalse();
        for (String wrong :
                List.of("", "host", "host:0", "http://host:1", "user@host:1", "a b:1", "h:x")) {
            assertThatThrownBy(() -> new EgressPolicy(List.of(wrong)))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
