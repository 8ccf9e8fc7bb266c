package dev.mapsovereign.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.SocketFactory;

/**
 * Measures calls over TLS against a whole node with its durable audit log, next to the same gateway
 * that answers a constant, in one run. Servers run in processes of their own, one after the other;
 * processor time is theirs alone, requests a second and latencies suffer from whatever else the
 * machine does, this client included.
 */
public final class DispatchBenchmark {
    private static final int FLOODERS = 32;
    private static final int RATE = 1_000;

    /** What a process needs that has been warmed with other calls, s. */
    private static final double WARM_UP_NEXT = 15;

    private final int connections;
    private final double seconds;
    private final double warmUp;
    private final Optional<Path> profile;
    private final List<String> lines = new ArrayList<>();

    private DispatchBenchmark(
            int connections, double seconds, double warmUp, Optional<Path> profile) {
        this.connections = connections;
        this.seconds = seconds;
        this.warmUp = warmUp;
        this.profile = profile;
    }

    /**
     * Options: {@code --connections N --seconds S --warm-up S}; each process is warmed so long
     * before its first figure, and {@value #WARM_UP_NEXT} s at most before the others. With {@code
     * --profile FILE} the audited read is run once more while its stacks are sampled into that
     * file. Exit 1 if any answer was wrong.
     */
    public static void main(String[] arguments) throws Exception {
        Options options = new Options(arguments, "connections", "seconds", "warm-up", "profile");
        Path folder = Files.createTempDirectory("map-benchmark");
        try {
            new DispatchBenchmark(
                            options.number("connections", 32),
                            options.seconds("seconds", 10),
                            options.seconds("warm-up", 90),
                            Optional.of(options.text("profile", ""))
                                    .filter(file -> !file.isEmpty())
                                    .map(Path::of))
                    .run(folder);
        } finally {
            BenchmarkFolder.delete(folder);
        }
    }

    private void run(Path folder) throws Exception {
        Site site = Site.make(folder, ServerProcess.freePort(), "");
        SocketFactory trust = site.trust();
        byte[] read =
                KeepAliveClient.request(
                        site.authorization(),
                        "{\"protocol\":\"OAS\",\"operation\":\"resolve\",\"input\":{\"did\":\""
                                + site.agentDid()
                                + "\"}}");
        byte[] write =
                KeepAliveClient.request(
                        site.authorization(),
                        "{\"protocol\":\"MAX\",\"operation\":\"audit_log_entry\",\"input\":"
                                + "{\"event_type\":\"benchmark\"}}");
        byte[] stranger =
                KeepAliveClient.request(
                        "", "{\"protocol\":\"OAS\",\"operation\":\"resolve\",\"input\":{}}");
        double next = Math.min(warmUp, WARM_UP_NEXT);
        head();
        try (ServerProcess constant = site.startConstant()) {
            constant.awaitReady(trust, site.port());
            Load load = new Load(trust, site.port(), read, 200, connections, 0);
            measure("constant answer", constant, warmUp, load);
            measure(
                    "constant answer, " + RATE + "/s",
                    constant,
                    next,
                    new Load(trust, site.port(), read, 200, connections, RATE));
        }
        try (ServerProcess node = site.startNode()) {
            node.awaitReady(trust, site.port());
            Load load = new Load(trust, site.port(), read, 200, connections, 0);
            measure("read-only call, audited", node, warmUp, load);
            measure(
                    "read-only call, audited, " + RATE + "/s",
                    node,
                    next,
                    new Load(trust, site.port(), read, 200, connections, RATE));
            measure(
                    "call with an intent entry",
                    node,
                    next,
                    new Load(trust, site.port(), write, 200, connections, 0));
            underFlood(node, load, new Load(trust, site.port(), stranger, 429, FLOODERS, 0));
            long resident = node.residentMebibytes();
            if (profile.isPresent()) {
                // Last: what the recorder does to the code is compiled away again only later.
                byStage(node, next, load, profile.get());
            }
            say("");
            say("resident memory of the node at the end: " + resident + " MiB");
        }
    }

    private void measure(String name, ServerProcess server, double warming, Load load)
            throws InterruptedException, ExecutionException, IOException {
        server.awaitIdle();
        load.run(warming);
        long cpuBefore = server.cpuMicros();
        Load.Result result = load.run(seconds);
        double cpu = (double) (server.cpuMicros() - cpuBefore) / result.latencies().total();
        row(name, result, cpu);
    }

    /** Where the processor time of that load goes; the samples themselves cost some of it. */
    private void byStage(ServerProcess server, double warming, Load load, Path file)
            throws Exception {
        server.awaitIdle();
        load.run(warming);
        StageProfile.start(server.pid());
        long cpuBefore = server.cpuMicros();
        Load.Result result = load.run(seconds);
        double cpu = (double) (server.cpuMicros() - cpuBefore) / result.latencies().total();
        StageProfile.stop(server.pid(), file);
        row("  the same, sampled", result, cpu);
        double rest = cpu;
        for (Map.Entry<String, Double> each : StageProfile.micros(file).entrySet()) {
            double micros = each.getValue() / result.latencies().total();
            rest -= micros;
            part(each.getKey(), micros);
        }
        part("no Java thread's: collector, compiler, and samples that were lost", rest);
    }

    private void part(String name, double micros) {
        say(String.format(Locale.ROOT, "|   %s | | | | | | %.1f |", name, micros));
    }

    /** The same load while others, without a credential, call as fast as they are answered. */
    private void underFlood(ServerProcess server, Load load, Load flood)
            throws InterruptedException, ExecutionException, IOException {
        server.awaitIdle();
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<Load.Result> flooding = thread.submit(() -> flood.run(seconds + 2));
            long cpuBefore = server.cpuMicros();
            Load.Result result = load.run(seconds);
            double cpu = (double) (server.cpuMicros() - cpuBefore) / result.latencies().total();
            row("read-only call under a flood", result, cpu);
            say(
                    String.format(
                            Locale.ROOT,
                            "  (%d connections without credential were answered %.0f times a"
                                    + " second)",
                            FLOODERS,
                            flooding.get().perSecond()));
        }
    }

    private void head() {
        say(
                String.format(
                        "%d connections, TLS 1.3, kept alive, %.0f s each after %.0f s of warming;"
                                + " %d processors, Java %s",
                        connections,
                        seconds,
                        warmUp,
                        Runtime.getRuntime().availableProcessors(),
                        Runtime.version()));
        say("");
        say("| | requests/s | p50 ms | p99 ms | p99.9 ms | longest ms | CPU µs/request |");
        say("|---|---|---|---|---|---|---|");
    }

    private void row(String name, Load.Result result, double cpuMicros) {
        LatencyRecorder latencies = result.latencies();
        say(
                String.format(
                        Locale.ROOT,
                        "| %s | %.0f | %.2f | %.2f | %.2f | %.1f | %.1f |",
                        name,
                        result.perSecond(),
                        latencies.percentileNanos(0.5) / 1e6,
                        latencies.percentileNanos(0.99) / 1e6,
                        latencies.percentileNanos(0.999) / 1e6,
                        latencies.maxNanos() / 1e6,
                        cpuMicros));
        if (result.wrong() > 0) {
            throw new IllegalStateException(result.wrongText());
        }
    }

    private void say(String line) {
        lines.add(line);
        System.out.println(line);
    }
}
