package dev.mapsovereign.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalSocketTest {
    @TempDir private Path folder;

    @Test
    void toBind_leftOver_isRemoved_inUse_isRefused() throws Exception {
        LocalSocket socket = new LocalSocket(folder.resolve("s"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(socket.toBind());
            assertThatThrownBy(socket::toBind)
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("somebody listens");
        }
        assertThat(socket.path()).exists();
        try (ServerSocketChannel next = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            next.bind(socket.toBind());
        }
    }

    @Test
    void toBind_somethingElseIsThere_staysAsItIs() throws Exception {
        Path file = Files.writeString(folder.resolve("f"), "precious");
        LocalSocket socket = new LocalSocket(file);
        assertThatThrownBy(socket::toBind).isInstanceOf(BindException.class);
        assertThat(file).hasContent("precious");
    }

    @Test
    void path_relativeOrTooLong_isRefused() {
        Path tooLong = Path.of("/" + "x".repeat(107));
        assertThatThrownBy(() -> new LocalSocket(tooLong))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LocalSocket(Path.of("run/s")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
