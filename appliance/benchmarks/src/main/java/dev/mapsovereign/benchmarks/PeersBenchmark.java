package dev.mapsovereign.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.net.SocketFactory;

/**
 * All figures of the dispatch path in one run, beside nginx under the same limits: audited calls,
 * forwarded calls and what forwarding adds to a call's time, memory with many connections.
 *
 * <p>Calls come from wrk, at a fixed rate from this process, both outside the limits; where the
 * machine has no more processors than the limit grants, they take from what is measured, from the
 * peer as from the node.
 */
public final class PeersBenchmark {
    private static final int RATE = 1_000;
    private static final int UPSTREAM_BYTES = 1_024;

    /** Threads that open connections: more gain nothing, handshakes are computation. */
    private static final int OPENERS = 8;

    private static final String EMPTY_CALL =
            "{\"protocol\":\"OAS\",\"operation\":\"resolve\",\"input\":{}}";

    private final Options options;
    private final Envelope envelope;
    private final int connections;
    private final double seconds;
    private final double warmUp;

    private PeersBenchmark(Options options) {
        this.options = options;
        this.envelope =
                new Envelope(
                        Stream.of(options.text("groups", "").split(","))
                                .filter(group -> !group.isEmpty())
                                .map(Path::of)
                                .toList());
        this.connections = options.number("connections", 32);
        this.seconds = options.seconds("seconds", 10);
        this.warmUp = options.seconds("warm-up", 90);
    }

    /** Options, see {@code peers.sh}. */
    public static void main(String[] arguments) throws Exception {
        Options options =
                new Options(arguments, "groups", "connections", "seconds", "warm-up", "held");
        Path folder = Files.createTempDirectory("map-benchmark");
        try {
            new PeersBenchmark(options).run(folder);
        } finally {
            BenchmarkFolder.delete(folder);
        }
    }

    private void run(Path folder) throws Exception {
        say(
                "%d connections, kept alive, %.0f s each; node warmed for %.0f s; %d processors,"
                        + " Java %s, load average %s",
                connections,
                seconds,
                warmUp,
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
        say("");
        say("| | requests/s | p50 ms | p99 ms | CPU µs/request | resident MiB |");
        say("|---|---|---|---|---|---|");
        int upstream = ServerProcess.freePort();
        try (ServerProcess constant =
                Nginx.constant(folder.resolve("upstream"), upstream, UPSTREAM_BYTES)) {
            constant.awaitReady(SocketFactory.getDefault(), upstream);
            Site site = site(folder, upstream);
            withUpstream(folder, site, constant, upstream);
        }
    }

    private static Site site(Path folder, int upstream) throws IOException, InterruptedException {
        Path schemas = Files.createDirectory(folder.resolve("schemas"));
        Files.writeString(
                schemas.resolve("operations.read.request.json"),
                "{\"type\":\"object\",\"x-map-read-only\":true}");
        Files.writeString(
                schemas.resolve("operations.read.response.json"), "{\"type\":\"object\"}");
        return Site.make(
                Files.createDirectory(folder.resolve("site")),
                ServerProcess.freePort(),
                """
                [sovereign]
                allowed_egress = ["127.0.0.1:%1$d"]
                [[engine.external]]
                protocol = "LEDGER"
                version = "v1.0.0"
                endpoints = ["http://127.0.0.1:%1$d/v1/dispatch"]
                schemas = "%2$s"
                [[engine.capability]]
                allow = ["map.ledger.*"]
                [gateway.limits]
                idle_time = "10m"
                """
                        .formatted(upstream, schemas));
    }

    private void withUpstream(Path folder, Site site, ServerProcess constant, int upstream)
            throws Exception {
        Measured straight =
                paced(
                        "upstream, straight",
                        constant,
                        emptyCalls(SocketFactory.getDefault(), upstream),
                        2);
        Measured proxied = proxies(folder, site, upstream);
        SocketFactory trust = site.trust();
        try (ServerProcess server = site.startConstant(envelope)) {
            server.awaitReady(trust, site.port());
            var _ =
                    full(
                            "this gateway, a constant, TLS 1.3",
                            server,
                            wrk(site, "OAS", "resolve", "{}"),
                            Math.min(warmUp, 30));
        }
        try (ServerProcess node = site.startNode(envelope)) {
            node.awaitReady(trust, site.port());
            node(site, trust, node, straight, proxied);
        }
        try (ServerProcess node = site.startNode(envelope)) {
            node.awaitReady(trust, site.port());
            held(site, trust, node, options.number("held", 10_000));
        }
    }

    /** nginx in the node's place, without TLS and with it; what it does without. */
    private Measured proxies(Path folder, Site site, int upstream) throws Exception {
        Measured plain =
                proxy(
                        "nginx, plain proxy",
                        Files.createDirectory(folder.resolve("proxy")),
                        upstream,
                        "",
                        SocketFactory.getDefault());
        String tls =
                " ssl; ssl_protocols TLSv1.3; ssl_certificate %s; ssl_certificate_key %s"
                        .formatted(
                                site.folder().resolve("etc/tls/fullchain.pem"),
                                site.folder().resolve("etc/tls/privkey.pem"));
        var _ =
                proxy(
                        "nginx, proxy, TLS 1.3",
                        Files.createDirectory(folder.resolve("proxy-tls")),
                        upstream,
                        tls,
                        site.trust());
        return plain;
    }

    private Measured proxy(
            String name, Path folder, int upstream, String tls, SocketFactory sockets)
            throws Exception {
        int port = ServerProcess.freePort();
        try (ServerProcess proxy = Nginx.proxy(envelope, folder, port, upstream, tls)) {
            proxy.awaitReady(sockets, port);
            String url = (tls.isEmpty() ? "http" : "https") + "://127.0.0.1:" + port + "/";
            Measured full = full(name, proxy, Wrk.of(folder, url, connections, "", EMPTY_CALL), 3);
            var _ = paced(name, proxy, emptyCalls(sockets, port), 2);
            return full;
        }
    }

    private Load emptyCalls(SocketFactory sockets, int port) {
        return new Load(
                sockets, port, KeepAliveClient.request("", EMPTY_CALL), 200, connections, RATE);
    }

    private void node(
            Site site, SocketFactory trust, ServerProcess node, Measured straight, Measured proxied)
            throws Exception {
        String did = "{\"did\":\"" + site.agentDid() + "\"}";
        Measured audited =
                full(
                        "node, read-only call, audited",
                        node,
                        wrk(site, "OAS", "resolve", did),
                        warmUp);
        var _ =
                full(
                        "node, call with an intent entry",
                        node,
                        wrk(site, "MAX", "audit_log_entry", "{\"event_type\":\"benchmark\"}"),
                        Math.min(warmUp, 15));
        Measured forwarded =
                full(
                        "node, forwarded call, audited",
                        node,
                        wrk(site, "LEDGER", "read", "{}"),
                        Math.min(warmUp, 30));
        Measured added =
                paced(
                        "node, forwarded call, audited",
                        node,
                        new Load(
                                trust,
                                site.port(),
                                KeepAliveClient.request(
                                        site.authorization(), envelope("LEDGER", "read", "{}")),
                                200,
                                connections,
                                RATE),
                        Math.min(warmUp, 15));
        say("");
        say(
                "audited reads: %.0f/s, p50 %.2f ms, p99 %.2f ms (asked: 10,000/s, 2 ms, 15 ms)",
                audited.perSecond(), audited.medianMillis(), audited.highMillis());
        say(
                "forwarded calls: %.2f of nginx's as a plain proxy (asked: 0.5)",
                forwarded.perSecond() / proxied.perSecond());
        say(
                "added to a call at %d/s: %.2f ms p50 (asked: 0.5 ms)",
                RATE, added.medianMillis() - straight.medianMillis());
    }

    private Wrk wrk(Site site, String protocol, String operation, String input) throws IOException {
        return Wrk.of(
                site.folder(),
                "https://127.0.0.1:" + site.port() + "/v1/dispatch",
                connections,
                site.authorization(),
                envelope(protocol, operation, input));
    }

    private static String envelope(String protocol, String operation, String input) {
        return "{\"protocol\":\"%s\",\"operation\":\"%s\",\"input\":%s}"
                .formatted(protocol, operation, input);
    }

    /** As fast as answers come. */
    private Measured full(String name, ServerProcess server, Wrk load, double warming)
            throws InterruptedException, IOException {
        server.awaitIdle();
        var _ = load.run(warming);
        long cpuBefore = server.cpuMicros();
        return row(name, server, cpuBefore, load.run(seconds));
    }

    /** At the fixed rate; a latency counts from when its call was due. */
    private Measured paced(String name, ServerProcess server, Load load, double warming)
            throws InterruptedException, ExecutionException, IOException {
        server.awaitIdle();
        load.run(warming);
        long cpuBefore = server.cpuMicros();
        Load.Result result = load.run(seconds);
        if (result.wrong() > 0) {
            throw new IllegalStateException(result.wrongText());
        }
        return row(name + ", " + RATE + "/s", server, cpuBefore, Measured.of(result));
    }

    private static Measured row(
            String name, ServerProcess server, long cpuBefore, Measured measured)
            throws IOException {
        say(
                "| %s | %.0f | %.2f | %.2f | %.1f | %d |",
                name,
                measured.perSecond(),
                measured.medianMillis(),
                measured.highMillis(),
                (double) (server.cpuMicros() - cpuBefore) / measured.total(),
                server.residentMebibytes());
        return measured;
    }

    /**
     * Opens many connections, each of which makes an audited call and stays; then all call again.
     */
    private void held(Site site, SocketFactory trust, ServerProcess node, int count)
            throws Exception {
        byte[] read =
                KeepAliveClient.request(
                        site.authorization(),
                        envelope("OAS", "resolve", "{\"did\":\"" + site.agentDid() + "\"}"));
        long before = node.residentMebibytes();
        List<KeepAliveClient> open = new ArrayList<>();
        try {
            List<Future<List<KeepAliveClient>>> opening = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(OPENERS)) {
                for (int at = 0; at < OPENERS; at++) {
                    opening.add(
                            threads.submit(
                                    () -> connections(trust, site.port(), read, count / OPENERS)));
                }
            }
            for (Future<List<KeepAliveClient>> each : opening) {
                open.addAll(each.get());
            }
            long opened = node.residentMebibytes();
            callAll(open, read);
            say(
                    "resident with %d connections: %d MiB, %d after another call on each, %d before"
                            + " them (asked: 400)",
                    open.size(), opened, node.residentMebibytes(), before);
        } finally {
            for (KeepAliveClient each : open) {
                each.close();
            }
        }
    }

    private static void callAll(List<KeepAliveClient> open, byte[] request) throws IOException {
        for (KeepAliveClient each : open) {
            if (each.exchange(request) != 200) {
                throw new IOException("a held connection is not answered");
            }
        }
    }

    private static List<KeepAliveClient> connections(
            SocketFactory trust, int port, byte[] request, int count) throws IOException {
        List<KeepAliveClient> open = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            KeepAliveClient client = new KeepAliveClient(trust, port);
            open.add(client);
            if (client.exchange(request) != 200) {
                throw new IOException("connection " + at + " was not answered");
            }
        }
        return open;
    }

    private static void say(String form, Object... values) {
        System.out.printf(Locale.ROOT, form + "%n", values);
    }
}
