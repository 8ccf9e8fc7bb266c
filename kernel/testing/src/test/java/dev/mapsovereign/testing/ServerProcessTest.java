package dev.mapsovereign.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ServerProcessTest {
    private static final Duration END_TIME_MAX = Duration.ofSeconds(30);

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void servers_processKilledWithoutWarning_endWithIt() throws Exception {
        Process java =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                ServersOfKilledProcess.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String ports;
        try (BufferedReader output =
                new BufferedReader(
                        new InputStreamReader(java.getInputStream(), StandardCharsets.UTF_8))) {
            ports = output.readLine();
        } finally {
            java.destroyForcibly().waitFor();
        }

        assertThat(ports).isNotNull();
        for (String port : ports.split(" ")) {
            assertThat(closesInTime(Integer.parseInt(port))).as("port " + port).isTrue();
        }
    }

    private static boolean closesInTime(int port) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + END_TIME_MAX.toNanos();
        while (System.nanoTime() < deadline) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                Thread.sleep(20);
            } catch (ConnectException e) {
                return true;
            }
        }
        return false;
    }
}
