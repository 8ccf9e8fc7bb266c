package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a service manager does to a node: holds its listening socket over a restart, asks it to read
 * its configuration again.
 */
@Tag("slow")
class ServiceManagerTest {
    /**
     * Listens, starts the command with the socket as standard input, and again when it has ended.
     */
    private static final String HOLDER =
            """
            import socket, subprocess, sys
            listening = socket.socket()
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(("127.0.0.1", int(sys.argv[1])))
            listening.listen(1024)
            for _ in range(2):
                child = subprocess.Popen(sys.argv[2:], stdin=listening)
                print(child.pid, flush=True)
                child.wait()
            """;

    private static final int STEP_MILLIS = 20;

    @TempDir private Path folder;

    @Test
    @Timeout(240)
    void restart_whileTheManagerHoldsTheSocket_losesNoCall() throws Exception {
        try (Site site = new Site(folder)) {
            ProcessBuilder node = site.java("dev.mapsovereign.node.Main", "serve");
            List<String> command =
                    new ArrayList<>(List.of("python3", "-c", HOLDER, "" + site.port()));
            command.addAll(node.command());
            Path log = folder.resolve("node.log");
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(node.environment());
            Path pids = folder.resolve("pids");
            Process holder =
                    builder.redirectOutput(pids.toFile()).redirectError(log.toFile()).start();
            try {
                restartUnderCalls(site, pids, holder);
            } finally {
                holder.descendants().forEach(ProcessHandle::destroyForcibly);
                holder.destroyForcibly();
            }
            String said = Files.readString(pids);
            assertThat(said).contains("a socket of the service manager");
            // The last line comes after the door was shut: standard output is still there then.
            assertThat(said.lines().filter(line -> line.contains("\"message\":\"stopped\"")))
                    .hasSize(2);
        }
    }

    private void restartUnderCalls(Site site, Path output, Process holder) throws Exception {
        SSLContext trust = site.trust();
        awaitLines(output, " is ready on ", 1);
        AtomicBoolean calling = new AtomicBoolean(true);
        AtomicInteger answered = new AtomicInteger();
        List<String> lost = new ArrayList<>();
        Thread caller =
                Thread.ofVirtual()
                        .start(() -> {
                            while (calling.get()) {
                                try {
                                    assertThat(health(trust, site.port()))
                                            .containsAnyOf(" 200 ", " 503 ");
                                    answered.incrementAndGet();
                                } catch (IOException | AssertionError e) {
                                    lost.add(e.toString());
                                }
                            }
                        });
        awaitAtLeast(answered, 20);
        // Each on a line of its own among the node's lines.
        holder.descendants().forEach(ProcessHandle::destroy);
        awaitLines(output, " is ready on ", 2);
        awaitAtLeast(answered, answered.get() + 20);
        calling.set(false);
        caller.join();
        assertThat(lost).isEmpty();
        holder.descendants().forEach(ProcessHandle::destroy);
        assertThat(holder.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    private static void awaitAtLeast(AtomicInteger count, int wanted) throws InterruptedException {
        while (count.get() < wanted) {
            Thread.sleep(STEP_MILLIS);
        }
    }

    private static void awaitLines(Path file, String text, int wanted) throws Exception {
        while (Files.readString(file).lines().filter(line -> line.contains(text)).count()
                < wanted) {
            Thread.sleep(STEP_MILLIS);
        }
    }

    /** One call on a connection of its own; the status line. */
    private static String health(SSLContext trust, int port) throws IOException {
        try (SSLSocket socket =
                (SSLSocket) trust.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.getOutputStream()
                    .write(
                            "GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readAllBytes();
            String text = new String(answer, StandardCharsets.ISO_8859_1);
            if (text.isEmpty()) {
                throw new IOException("closed without an answer");
            }
            return text.lines().findFirst().orElseThrow();
        }
    }

    @Test
    @Timeout(240)
    void reload_takesLevelsAndCertificate_namesTheRest_refusesWhatIsWrong() throws Exception {
        try (Site site = new Site(folder)) {
            site.start();
            Path config = folder.resolve("etc/map.toml");
            String before = Files.readString(config);
            SSLContext trust = site.trust();
            String first = serial(trust, site.port());
            assertThat(site.run("reload").array("applied")).contains(JsonArray.EMPTY);

            Files.writeString(config, "\n[log]\nfilter = \"debug\"\n", StandardOpenOption.APPEND);
            site.run(
                    "ca",
                    "issue",
                    "--profile",
                    "server",
                    "--name",
                    "127.0.0.1",
                    "--out",
                    site.path("etc/tls"));
            JsonObject told = site.run("reload");
            assertThat(texts(told, "applied")).containsExactly("gateway.tls", "log.filter");
            assertThat(texts(told, "needs_restart")).isEmpty();
            assertThat(serial(trust, site.port())).isNotEqualTo(first);
            assertThat(site.journalHolds("\"applied\":[\"gateway.tls\",\"log.filter\"]")).isTrue();

            Files.writeString(config, before.replace("[metrics]", "[metrics]\npath = \"/m\""));
            told = site.run("reload");
            assertThat(texts(told, "applied")).containsExactly("log.filter");
            assertThat(texts(told, "needs_restart")).containsExactly("metrics.path");

            Files.writeString(config, before + "\nnonsense = 1\n");
            Site.Ended refused = site.end("reload");
            assertThat(refused.status()).as(refused.said()).isEqualTo(3);
            assertThat(refused.said()).contains("nonsense");

            Files.writeString(config, before);
            hangUp(site);
            assertThat(site.stop()).isZero();
        }
    }

    private void hangUp(Site site) throws Exception {
        Path log = folder.resolve("node.log");
        String done = "configuration read again";
        int before = (int) Files.readString(log).lines().filter(it -> it.contains(done)).count();
        new ProcessBuilder("kill", "-HUP", "" + site.pid()).inheritIO().start().waitFor();
        awaitLines(log, done, before + 1);
    }

    private static List<String> texts(JsonObject object, String name) {
        return object.array(name).orElseThrow().values().stream()
                .map(value -> ((JsonString) value).value())
                .toList();
    }

    private static String serial(SSLContext trust, int port) throws IOException {
        try (SSLSocket socket =
                (SSLSocket) trust.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.startHandshake();
            X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return leaf.getSerialNumber().toString(16);
        }
    }

    @Test
    @Timeout(240)
    void metricsAndRegistry_onUnixSockets_needNoPort() throws Exception {
        Path run = Files.createDirectories(folder.resolve("run"));
        Map<String, String> sockets =
                Map.of(
                        "MAP_METRICS_SOCKET", run.resolve("metrics.sock").toString(),
                        "MAP_REGISTRY_SOCKET", run.resolve("registry.sock").toString());
        try (Site site = new Site(folder)) {
            for (int round = 0; round < 2; round++) {
                site.start(sockets);
                assertThat(over(run.resolve("metrics.sock"), "/metrics"))
                        .contains("process_cpu_seconds_total");
                assertThat(over(run.resolve("registry.sock"), "/v1/health"))
                        .contains("\"status\":\"ok\"");
                // What a killed node leaves behind does not keep the next one from listening.
                site.kill();
            }
        }
    }

    private static String over(Path socket, String path) throws Exception {
        Process curl =
                new ProcessBuilder(
                                "curl", "-s", "--unix-socket", socket.toString(), "http://h" + path)
                        .redirectErrorStream(true)
                        .start();
        String said = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(curl.waitFor()).as(said).isZero();
        return said;
    }
}
