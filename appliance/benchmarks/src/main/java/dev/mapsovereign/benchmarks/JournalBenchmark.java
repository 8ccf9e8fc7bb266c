package dev.mapsovereign.benchmarks;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.custody.BouncyEd25519;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Durable appends a second, next to a plain loop that writes and syncs batches of the same lengths,
 * in turns of a few seconds within one run: the disk's mood is the same for both, and their ratio
 * means something on a shared machine. So does the processor time of an append, by threads.
 */
public final class JournalBenchmark {
    private static final int FILL_CALLERS = 512;

    /** Until then the compiler is at work, whatever time that takes. */
    private static final int WARM_UP_RECORDS = 300_000;

    private final Path folder;
    private final Options options;
    private final int callers;
    private final int tenants;
    private final int recordBytes;
    private final boolean virtual;

    private JournalBenchmark(Path folder, Options options) {
        this.folder = folder;
        this.options = options;
        this.callers = options.number("callers", 64);
        this.tenants = options.number("tenants", 1);
        this.recordBytes = options.number("record-bytes", 512);
        this.virtual =
                switch (options.text("threads", "virtual")) {
                    case "virtual" -> true;
                    case "platform" -> false;
                    default ->
                            throw new IllegalArgumentException(
                                    "--threads is virtual or platform, not "
                                            + options.text("threads", ""));
                };
    }

    /** {@code rate}, {@code growth} or {@code start}, then options; see {@code journal.sh}. */
    public static void main(String[] arguments) throws Exception {
        Options options =
                new Options(
                        Arrays.copyOfRange(arguments, 1, arguments.length),
                        "folder",
                        "callers",
                        "threads",
                        "record-bytes",
                        "tenants",
                        "preload",
                        "records",
                        "seconds",
                        "rounds");
        Path folder =
                Files.createTempDirectory(
                        Files.createDirectories(Path.of(options.text("folder", "target"))),
                        "journal-");
        try {
            JournalBenchmark benchmark = new JournalBenchmark(folder, options);
            switch (arguments[0]) {
                case "rate" -> benchmark.rate();
                case "growth" -> benchmark.growth();
                case "start" -> StartBenchmark.run(folder, options);
                default -> throw new IllegalArgumentException("no benchmark " + arguments[0]);
            }
        } finally {
            BenchmarkFolder.delete(folder);
        }
    }

    /** How the logs of all these benchmarks are opened. */
    static AuditLog open(Path folder, Secret seed) {
        return AuditLog.open(
                AuditLogConfig.defaults(folder, NodeName.of("bench"), seed, new BouncyEd25519()));
    }

    private void rate() throws IOException, InterruptedException {
        double seconds = options.seconds("seconds", 3);
        int rounds = options.number("rounds", 6);
        say(
                "%d callers on %s threads, %d bytes a record, %d tenants, %d processors, Java %s,"
                        + " load average %s",
                callers,
                virtual ? "virtual" : "platform",
                recordBytes,
                tenants,
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                loadAverage());
        try (Secret seed = Secret.copyOf(new byte[32]);
                AuditLog log = open(folder.resolve("audit"), seed);
                JournalBatches.PlainLoop loop =
                        new JournalBatches.PlainLoop(folder.resolve("loop"))) {
            var _ =
                    new JournalLoad(log, tenants, FILL_CALLERS, true, recordBytes)
                            .append(options.count("preload", 0));
            JournalLoad load = new JournalLoad(log, tenants, callers, virtual, recordBytes);
            JournalBatches batches = new JournalBatches(folder.resolve("audit/journal"));
            var _ = load.append(WARM_UP_RECORDS);
            var _ = loop.run(batches.next());
            Sum sum = new Sum();
            say("%s", Row.HEAD);
            for (int round = 1; round <= rounds; round++) {
                ThreadTimes before = ThreadTimes.now();
                JournalLoad.Result result = load.runFor(seconds);
                ThreadTimes after = ThreadTimes.now();
                List<Integer> extents = batches.next();
                Row row = new Row(result, extents.size(), loop.run(extents), before, after);
                say("%s", row.text(String.valueOf(round)));
                sum.add(row);
            }
            say("%s", sum.text());
            say("load average %s", loadAverage());
        }
    }

    /** The same load again and again while one log grows. */
    private void growth() throws IOException, InterruptedException {
        long records = options.count("records", 20_000_000);
        double seconds = options.seconds("seconds", 5);
        say(
                "%d callers, %d bytes a record, %d tenants, at most %d MiB of heap, load average"
                        + " %s",
                callers,
                recordBytes,
                tenants,
                Runtime.getRuntime().maxMemory() >> 20,
                loadAverage());
        say("    records  appends/s  loop appends/s  ratio  CPU µs/append  heap after GC MiB");
        try (Secret seed = Secret.copyOf(new byte[32]);
                AuditLog log = open(folder.resolve("audit"), seed);
                JournalBatches.PlainLoop loop =
                        new JournalBatches.PlainLoop(folder.resolve("loop"))) {
            JournalLoad fill = new JournalLoad(log, tenants, FILL_CALLERS, true, recordBytes);
            JournalLoad load = new JournalLoad(log, tenants, callers, virtual, recordBytes);
            JournalBatches batches = new JournalBatches(folder.resolve("audit/journal"));
            var _ = load.append(WARM_UP_RECORDS);
            long have = 0;
            for (long next = 0; next <= records; next = next == 0 ? records / 16 : 2 * next) {
                have = log.tenants().stream().mapToLong(tenant -> log.head(tenant).size()).sum();
                var _ = fill.append(Math.max(0, next - have));
                var _ = batches.next();
                ThreadTimes before = ThreadTimes.now();
                JournalLoad.Result result = load.runFor(seconds);
                ThreadTimes after = ThreadTimes.now();
                Row row = new Row(result, 0, loop.run(batches.next()), before, after);
                System.gc();
                Runtime heap = Runtime.getRuntime();
                say(
                        "%11d  %9.0f  %14.0f  %3.0f %%  %13.1f  %17d",
                        Math.max(next, have),
                        result.rate(),
                        row.loopRate(),
                        100 * row.ratio(),
                        row.cpuMicros(),
                        (heap.totalMemory() - heap.freeMemory()) >> 20);
            }
        }
    }

    /** One round of both. */
    private record Row(
            JournalLoad.Result result,
            int batches,
            double loopSeconds,
            ThreadTimes before,
            ThreadTimes after) {
        static final String HEAD =
                "round  appends/s   loop/s  ratio  p50 µs  p99 µs  batches/s  records/batch  CPU µs"
                        + " an append: callers  committer  builder  other";

        double loopRate() {
            return result.latencies().total() / loopSeconds;
        }

        double ratio() {
            return result.rate() / loopRate();
        }

        /** Of an append, without what the compiler takes while the run is young. */
        double cpuMicros() {
            return after.secondsSince(before) * 1e6 / result.latencies().total();
        }

        private double micros(ThreadTimes.Group group) {
            return after.secondsSince(before, group) * 1e6 / result.latencies().total();
        }

        String text(String name) {
            double builder = micros(ThreadTimes.Group.BUILDER);
            double committer = micros(ThreadTimes.Group.COMMITTER);
            double called = micros(ThreadTimes.Group.CALLERS);
            return String.format(
                    Locale.ROOT,
                    "%5s  %9.0f  %7.0f  %3.0f %%  %6.0f  %6.0f  %9.0f  %13.1f  %6.1f: %19.1f  %9.1f"
                            + "  %7.1f  %5.1f",
                    name,
                    result.rate(),
                    loopRate(),
                    100 * ratio(),
                    result.latencies().percentileNanos(0.5) / 1e3,
                    result.latencies().percentileNanos(0.99) / 1e3,
                    batches / result.seconds(),
                    (double) result.latencies().total() / batches,
                    cpuMicros(),
                    called,
                    committer,
                    builder,
                    cpuMicros() - called - committer - builder);
        }
    }

    /** All rounds together. */
    private static final class Sum {
        private long appends;
        private double seconds;
        private double loopSeconds;
        private double cpuSeconds;

        void add(Row row) {
            appends += row.result().latencies().total();
            seconds += row.result().seconds();
            loopSeconds += row.loopSeconds();
            cpuSeconds += row.cpuMicros() * row.result().latencies().total() / 1e6;
        }

        String text() {
            return String.format(
                    Locale.ROOT,
                    "all: %.0f appends/s, plain loop %.0f, ratio %.0f %%, CPU %.1f µs an append",
                    appends / seconds,
                    appends / loopSeconds,
                    100 * loopSeconds / seconds,
                    cpuSeconds * 1e6 / appends);
        }
    }

    static String loadAverage() throws IOException {
        String[] words = Files.readString(Path.of("/proc/loadavg")).split(" ");
        return words[0] + " " + words[1];
    }

    // Error Prone's own annotation would be a dependency more, for one method.
    @SuppressWarnings("AnnotateFormatMethod")
    static void say(String format, Object... arguments) {
        System.out.println(String.format(Locale.ROOT, format, arguments));
    }
}
