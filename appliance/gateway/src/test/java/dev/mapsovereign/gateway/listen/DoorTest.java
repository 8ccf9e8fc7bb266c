package dev.mapsovereign.gateway.listen;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A socket of our own is closed with its listener; an inherited one outlives it. */
@Timeout(60)
class DoorTest {
    private static ServerSocketChannel bound() throws IOException {
        return ServerSocketChannel.open()
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    }

    private static Listener inherit(ServerSocketChannel server, String word) throws IOException {
        return Listener.inherit(
                "test",
                server,
                EdgeLimits.defaults(),
                PlainTransport::new,
                connection -> connection.channel().write(ByteBuffer.wrap(word.getBytes(US_ASCII))));
    }

    private static String answer(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }

    private static Socket connect(ServerSocketChannel server) throws IOException {
        InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
        return new Socket(address.getAddress(), address.getPort());
    }

    @Test
    void inherit_afterItsListenerStopped_whoComesIsServedByTheNext() throws Exception {
        try (ServerSocketChannel server = bound()) {
            try (Listener first = inherit(server, "first")) {
                try (Socket early = connect(server)) {
                    assertThat(answer(early)).isEqualTo("first");
                }
                first.stopAccepting();
                assertThat(first.finish(Duration.ofSeconds(5))).isTrue();
                try (Socket between = connect(server);
                        Listener second = inherit(server, "second")) {
                    assertThat(answer(between)).isEqualTo("second");
                    assertThat(second.connectionsShed()).isZero();
                }
            }
            assertThat(server.isOpen()).isTrue();
        }
    }

    @Test
    void own_stopped_whoComesIsTurnedAway() throws Exception {
        ServerSocketChannel server = bound();
        InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
        try (Listener listener =
                Listener.start(
                        "test",
                        server,
                        EdgeLimits.defaults(),
                        PlainTransport::new,
                        connection -> {})) {
            listener.stopAccepting();
            assertThatThrownBy(() -> new Socket(address.getAddress(), address.getPort()).close())
                    .isInstanceOf(IOException.class);
        }
    }
}
