package dev.mapsovereign.benchmarks;

import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.route.EgressPolicy;
import dev.mapsovereign.engine.router.UpstreamAnswer;
import dev.mapsovereign.engine.router.UpstreamClient;
import dev.mapsovereign.engine.router.UpstreamException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What one forwarded call costs the process that forwards it: the upstream client alone, over kept
 * connections on loopback to a process that answers a constant, beside the JDK's own client and
 * beside the least there can be, a write and a read on a socket. In turns within one run; counted
 * is this process's processor time without the compiler's.
 */
public final class UpstreamBenchmark {
    private static final Duration CALL_TIME = Duration.ofSeconds(30);
    private static final String PATH = "/v1/dispatch";

    private final Options options;
    private final int callers;
    private final int bytes;

    private UpstreamBenchmark(Options options) {
        this.options = options;
        this.callers = options.number("connections", 32);
        this.bytes = options.number("bytes", 1_024);
    }

    /** Options, see {@code benchmark.sh}. */
    public static void main(String[] arguments) throws Exception {
        new UpstreamBenchmark(
                        new Options(
                                arguments, "connections", "bytes", "seconds", "warm-up", "rounds"))
                .run();
    }

    /** One thread's way to make calls; it is closed with its thread. */
    private interface Calls extends AutoCloseable {
        void call() throws Exception;

        @Override
        default void close() throws IOException {}
    }

    private void run() throws Exception {
        Path log = Files.createTempFile("upstream", ".log");
        try (ServerProcess server =
                ServerProcess.start(
                        log, UpstreamServer.class.getName(), List.of(String.valueOf(bytes)))) {
            measure(port(server));
        } finally {
            Files.delete(log);
        }
    }

    private static int port(ServerProcess server) throws IOException, InterruptedException {
        while (server.output().isBlank()) {
            if (!server.alive()) {
                throw new IOException("the server did not start");
            }
            Thread.sleep(20);
        }
        return Integer.parseInt(server.output().strip());
    }

    private byte[] content() {
        String input = "{\"input\":{\"text\":\"" + "x".repeat(bytes - 21) + "\"}}";
        return input.getBytes(StandardCharsets.US_ASCII);
    }

    /** As stage 7 puts one together. */
    private static byte[] request(byte[] content, int port) {
        String head =
                "POST "
                        + PATH
                        + " HTTP/1.1\r\nHost: 127.0.0.1:"
                        + port
                        + "\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
                        + "Content-Length: "
                        + content.length
                        + "\r\nX-Correlation-Id: 6f1c8a52-6d7e-4f8e-9c3f-2d9f1f3f7c11\r\n"
                        + "X-Tenant-Id: acme\r\nX-Agent-Did: did:oas:acme:agent:clerk\r\n"
                        + "traceparent: 00-6f1c8a526d7e4f8e9c3f2d9f1f3f7c11-9c3f2d9f1f3f7c11-00\r\n"
                        + "X-Deadline-Ms: 29999\r\n\r\n";
        byte[] whole = new byte[head.length() + content.length];
        System.arraycopy(head.getBytes(StandardCharsets.US_ASCII), 0, whole, 0, head.length());
        System.arraycopy(content, 0, whole, head.length(), content.length);
        return whole;
    }

    private void measure(int port) throws Exception {
        byte[] request = request(content(), port);
        URI address = URI.create("http://127.0.0.1:" + port + PATH);
        try (UpstreamClient ours =
                        new UpstreamClient(
                                new EgressPolicy(List.of("127.0.0.1:" + port)), Optional.empty());
                HttpClient jdk = jdk()) {
            Map<String, Callable<Calls>> clients = new LinkedHashMap<>();
            clients.put("write and read on a socket", () -> new SocketCalls(port, request));
            clients.put("upstream client", () -> () -> callOurs(ours, address, request));
            HttpRequest same = jdkRequest(address);
            clients.put("JDK HttpClient", () -> () -> callJdk(jdk, same));
            double seconds = options.seconds("seconds", 4);
            say(
                    "%d connections, %d bytes each way, %d processors, Java %s, load average %s",
                    callers,
                    bytes,
                    Runtime.getRuntime().availableProcessors(),
                    Runtime.version(),
                    Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
            double warmUp = options.seconds("warm-up", 15);
            for (Callable<Calls> each : clients.values()) {
                var _ = load(each, warmUp);
            }
            say("%-28s %12s %20s", "", "calls/s", "CPU us/call, here");
            for (int round = 0; round < options.number("rounds", 3); round++) {
                for (Map.Entry<String, Callable<Calls>> each : clients.entrySet()) {
                    ThreadTimes before = ThreadTimes.now();
                    long calls = load(each.getValue(), seconds);
                    double used = ThreadTimes.now().secondsSince(before);
                    say("%-28s %12.0f %20.1f", each.getKey(), calls / seconds, used * 1e6 / calls);
                }
            }
        }
    }

    private static HttpClient jdk() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
    }

    private HttpRequest jdkRequest(URI address) {
        return HttpRequest.newBuilder(address)
                .timeout(CALL_TIME)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .header("X-Correlation-Id", "6f1c8a52-6d7e-4f8e-9c3f-2d9f1f3f7c11")
                .header("X-Tenant-Id", "acme")
                .header("X-Agent-Did", "did:oas:acme:agent:clerk")
                .header("traceparent", "00-6f1c8a526d7e4f8e9c3f2d9f1f3f7c11-9c3f2d9f1f3f7c11-00")
                .header("X-Deadline-Ms", "29999")
                .POST(HttpRequest.BodyPublishers.ofByteArray(content()))
                .build();
    }

    private void callOurs(UpstreamClient client, URI address, byte[] request)
            throws UpstreamException, IOException {
        UpstreamAnswer answer = client.send(address, request, true, Deadline.after(CALL_TIME));
        requireWhole(answer.status(), answer.body().length);
    }

    private void callJdk(HttpClient client, HttpRequest request)
            throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        requireWhole(answer.statusCode(), answer.body().length);
    }

    private void requireWhole(int status, int length) throws IOException {
        if (status != 200 || length != bytes) {
            throw new IOException("answered " + status + " with " + length + " bytes");
        }
    }

    /** A blocking socket on the caller's thread, and nothing understood of what comes. */
    private static final class SocketCalls implements Calls {
        private final Socket socket;
        private final InputStream in;
        private final OutputStream out;
        private final byte[] request;
        private final byte[] answer = new byte[16 * 1_024];

        SocketCalls(int port, byte[] request) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            in = socket.getInputStream();
            out = socket.getOutputStream();
            this.request = request;
        }

        @Override
        public void call() throws IOException {
            out.write(request);
            if (in.read(answer) < 0) {
                throw new IOException("the server ended the connection");
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** Runs it for so long on as many virtual threads as there are callers; how many calls. */
    private long load(Callable<Calls> client, double seconds) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        List<Future<Long>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int at = 0; at < callers; at++) {
                running.add(threads.submit(() -> calls(client, over)));
            }
            Thread.sleep((long) (seconds * 1_000));
            over.set(true);
        }
        long sum = 0;
        for (Future<Long> each : running) {
            sum += each.get();
        }
        return sum;
    }

    private static long calls(Callable<Calls> client, AtomicBoolean over) throws Exception {
        long calls = 0;
        try (Calls own = client.call()) {
            while (!over.get()) {
                own.call();
                calls++;
            }
        }
        return calls;
    }

    private static void say(String form, Object... values) {
        System.out.printf(Locale.ROOT, form + "%n", values);
    }
}
