package dev.mapsovereign.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TestRedisTest {
    @Test
    void freshDatabase_twice_areApart() throws IOException {
        TestRedis redis = TestRedis.shared();
        int one = redis.freshDatabase();
        int other = redis.freshDatabase();

        assertThat(ask(redis, "SELECT " + one, "SET seen 1", "DBSIZE")).isEqualTo(":1");
        assertThat(ask(redis, "SELECT " + other, "DBSIZE")).isEqualTo(":0");
    }

    @Test
    void haltAndRestart_keepPort() throws IOException {
        try (TestRedis redis = TestRedis.start()) {
            redis.halt();
            assertThatThrownBy(() -> ask(redis, "PING")).isInstanceOf(ConnectException.class);

            redis.restart();
            assertThat(ask(redis, "PING")).isEqualTo("+PONG");
        }
    }

    /** Answer of the last command, which has one line as those before it. */
    private static String ask(TestRedis redis, String... commands) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), redis.port())) {
            BufferedReader answers =
                    new BufferedReader(
                            new InputStreamReader(
                                    socket.getInputStream(), StandardCharsets.US_ASCII));
            String answer = "";
            for (String command : commands) {
                socket.getOutputStream()
                        .write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
                answer = answers.readLine();
            }
            return answer;
        }
    }
}
