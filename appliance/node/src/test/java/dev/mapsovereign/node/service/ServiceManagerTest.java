package dev.mapsovereign.node.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against datagram sockets that python3 makes, since Java has none. */
@Timeout(60)
class ServiceManagerTest {
    /** Says when it listens, then prints each datagram on one line. */
    private static final String LISTENER =
            """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            name = sys.argv[1]
            s.bind('\\0' + name[1:] if name[0] == '@' else name)
            print('listening', flush=True)
            while True:
                print(s.recv(4096).decode().replace('\\n', '|'), flush=True)
            """;

    @TempDir private Path folder;

    private record Listener(Process process, BufferedReader heard) implements AutoCloseable {
        static Listener at(String name) throws IOException {
            Process process =
                    new ProcessBuilder("python3", "-c", LISTENER, name)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            Listener made = new Listener(process, process.inputReader(StandardCharsets.UTF_8));
            made.hears("listening");
            return made;
        }

        void hears(String message) throws IOException {
            assertThat(heard.readLine()).isEqualTo(message);
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    void ready_socketFile_isToldOnceAndThenThatTheNodeAnswers() throws IOException {
        String socket = folder.resolve("notify").toString();
        Map<String, String> environment =
                Map.of("NOTIFY_SOCKET", socket, "WATCHDOG_USEC", "300000");
        try (Listener listener = Listener.at(socket);
                ServiceManager manager = ServiceManager.of(environment)) {
            manager.ready(() -> "not ready: database");
            listener.hears("READY=1|STATUS=ready");
            listener.hears("WATCHDOG=1|STATUS=not ready: database");
            listener.hears("WATCHDOG=1|STATUS=not ready: database");
        }
    }

    @Test
    void ready_nodeThatDoesNotAnswer_feedsNoWatchdog() throws Exception {
        String socket = folder.resolve("notify").toString();
        Map<String, String> environment = Map.of("NOTIFY_SOCKET", socket, "WATCHDOG_USEC", "3000");
        CountDownLatch asked = new CountDownLatch(3);
        try (Listener listener = Listener.at(socket);
                ServiceManager manager = ServiceManager.of(environment)) {
            manager.ready(() -> {
                asked.countDown();
                throw new IllegalStateException("no answer");
            });
            listener.hears("READY=1|STATUS=ready");
            asked.await();
            manager.stopping();
            listener.hears("STOPPING=1|STATUS=finishing calls under way");
        }
    }

    @Test
    void stopping_abstractAddress_isTold() throws IOException {
        String name = "@map-test-" + UUID.randomUUID();
        try (Listener listener = Listener.at(name);
                ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", name))) {
            manager.stopping();
            listener.hears("STOPPING=1|STATUS=finishing calls under way");
        }
    }

    @Test
    void ready_nobodyWaits_asksNothing() {
        try (ServiceManager manager = ServiceManager.of(Map.of("WATCHDOG_USEC", "1000"))) {
            manager.ready(() -> {
                throw new AssertionError("asked");
            });
            manager.stopping();
        }
    }

    @Test
    void send_nobodyListens_fails() throws IOException {
        String absent = folder.resolve("absent").toString();
        try (NotifySocket socket = NotifySocket.to(absent)) {
            assertThatThrownBy(() -> socket.send("READY=1"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(absent);
        }
    }

    @Test
    void to_noAddress_isRefused() {
        for (String target : new String[] {"relative", "@", "/" + "x".repeat(107)}) {
            assertThatThrownBy(() -> NotifySocket.to(target)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void watchdog_otherProcess_isNotFed() {
        Map<String, String> other = Map.of("WATCHDOG_USEC", "2000000", "WATCHDOG_PID", "1");
        assertThat(ServiceManager.watchdog(other, 7)).isEmpty();
        Map<String, String> own = Map.of("WATCHDOG_USEC", "2000000", "WATCHDOG_PID", "7");
        assertThat(ServiceManager.watchdog(own, 7)).contains(Duration.ofSeconds(2));
        assertThat(ServiceManager.watchdog(Map.of("WATCHDOG_USEC", "x"), 7)).isEmpty();
    }
}
