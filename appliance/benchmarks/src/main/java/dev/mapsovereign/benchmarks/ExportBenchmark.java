package dev.mapsovereign.benchmarks;

import dev.mapsovereign.auditexport.AuditExporter;
import dev.mapsovereign.auditexport.ExportConfig;
import dev.mapsovereign.auditexport.ExportProgress;
import dev.mapsovereign.auditexport.ExportReport;
import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.custody.BouncyEd25519;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * Measures an export beside {@code cp} and {@code sha256sum} of the same bytes to the same medium
 * in one run, and how many records a log takes while an export runs and while none does.
 */
public final class ExportBenchmark {
    private static final TenantId TENANT = TenantId.of("acme");
    private static final int WRITERS = 256;
    private static final int VERIFY_ROUNDS = 3;

    private final Path folder;
    private final Path medium;
    private final AuditLog log;

    private ExportBenchmark(Path folder, Path medium, AuditLog log) {
        this.folder = folder;
        this.medium = medium;
        this.log = log;
    }

    /** Options: {@code --to DIR [--records N] [--seconds S]}. */
    public static void main(String[] arguments) throws Exception {
        Options options = new Options(arguments, "to", "records", "seconds");
        Path to = Path.of(options.text("to", "")).toAbsolutePath();
        long records = options.count("records", 1_000_000);
        double seconds = options.seconds("seconds", 10);
        Path folder = Files.createTempDirectory("map-export-benchmark");
        Path medium = Files.createTempDirectory(to, "map-export-benchmark");
        try (Secret seed = Secret.copyOf(new byte[32]);
                AuditLog log =
                        AuditLog.open(
                                AuditLogConfig.defaults(
                                                folder.resolve("audit"),
                                                new NodeName("benchmark"),
                                                seed,
                                                new BouncyEd25519())
                                        .withSpace(64L << 20, 1L << 20, 0, 1L << 40))) {
            log.createTenant(TENANT);
            new ExportBenchmark(folder, medium, log).run(records, seconds);
        } finally {
            delete(medium);
            delete(folder);
        }
    }

    private void run(long records, double seconds) throws Exception {
        say("load average: " + Files.readString(Path.of("/proc/loadavg")).strip());
        fill(records);
        speed(records);
        besideWork(seconds);
    }

    private void fill(long records) {
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < WRITERS; i++) {
                long share = records / WRITERS + (i < records % WRITERS ? 1 : 0);
                threads.execute(() -> {
                    for (long n = 0; n < share; n++) {
                        log.append(draft());
                    }
                });
            }
        }
        say("%,d records made in %.1f s".formatted(records, since(start)));
    }

    private void speed(long records) throws Exception {
        Path exported = Files.createDirectory(medium.resolve("exported"));
        Path copied = Files.createDirectory(medium.resolve("copied"));
        command("sync");
        boolean dropped = dropCaches();
        Files.writeString(Path.of("/proc/self/clear_refs"), "5");
        long start = System.nanoTime();
        ExportReport report = export(exported);
        double exporting = since(start);
        ExportReport.Bundle bundle = report.bundles().getLast();
        report.warnings().forEach(ExportBenchmark::say);
        say(
                "export: %.2f s, %.1f MB in %,d files, %.1f MB/s; most memory %s of the process"
                        .formatted(
                                exporting,
                                bundle.bytes() / 1e6,
                                bundle.files(),
                                bundle.bytes() / 1e6 / exporting,
                                peakMemory()));

        Path source = folder.resolve("source");
        command("cp", "-r", exported.resolve("MAP-AUDIT").toString(), source.toString());
        command("sync");
        dropped &= dropCaches();
        start = System.nanoTime();
        command("cp", "-r", source.toString(), copied.resolve("MAP-AUDIT").toString());
        command("sync", "-f", copied.toString());
        double copying = since(start);
        dropped &= dropCaches();
        start = System.nanoTime();
        Path node = copied.resolve("MAP-AUDIT").resolve(report.node());
        Process sums =
                new ProcessBuilder(
                                "sha256sum",
                                "-c",
                                "--strict",
                                "--quiet",
                                "bundle-" + bundle.number() + "/manifest.txt")
                        .directory(node.toFile())
                        .inheritIO()
                        .start();
        require(sums.waitFor() == 0, "sha256sum finds other bytes");
        double summing = since(start);
        say("cp -r and sync: %.2f s; sha256sum -c: %.2f s".formatted(copying, summing));
        say(
                "export has %.0f %% of the speed of cp and sha256sum%s"
                        .formatted(
                                100 * (copying + summing) / exporting,
                                dropped ? "" : " (read from the page cache: run as root)"));
        say("%,d records a second".formatted(Math.round(records / exporting)));
        verify(exported, records);
    }

    /** {@code map-verify} over the bundle, as an auditor runs it but on one processor. */
    private void verify(Path exported, long records) throws Exception {
        Path trust = folder.resolve("trust");
        Files.writeString(trust, "log " + log.nodeKey().vkey() + "\nquorum none\n");
        ProcessBuilder verifier =
                new ProcessBuilder(
                        "taskset",
                        "-c",
                        "0",
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.mapsovereign.verifier.Main",
                        "bundle",
                        exported.toString(),
                        "--trust",
                        trust.toString(),
                        "--init-state",
                        "--state",
                        folder.resolve("state").toString());
        verifier.redirectOutput(folder.resolve("verified").toFile());
        verifier.redirectErrorStream(true);
        for (int round = 1; round <= VERIFY_ROUNDS; round++) {
            Files.deleteIfExists(folder.resolve("state"));
            long start = System.nanoTime();
            boolean verified = verifier.start().waitFor() == 0;
            require(verified, Files.readString(folder.resolve("verified")));
            say(
                    "map-verify on one processor with 64 MiB of heap: %.2f s, %,d records a second"
                            .formatted(since(start), Math.round(records / since(start))));
        }
    }

    /** Records a second with and without an export beside, in turns, so that drift cancels out. */
    private void besideWork(double seconds) throws Exception {
        double alone = 0;
        double beside = 0;
        for (int round = 0; round < 3; round++) {
            alone += rate(seconds, false, round);
            beside += rate(seconds, true, round);
        }
        say(
                "a log at work takes %,.0f records/s alone, %,.0f beside an export: %.1f %% less"
                        .formatted(alone / 3, beside / 3, 100 * (1 - beside / alone)));
    }

    private double rate(double seconds, boolean exporting, int round) throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        LongAdder appended = new LongAdder();
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < WRITERS; i++) {
                threads.execute(() -> {
                    while (!ended.get()) {
                        log.append(draft());
                        appended.increment();
                    }
                });
            }
            if (exporting) {
                Path to = Files.createDirectory(medium.resolve("beside" + round));
                Thread exporter = Thread.ofPlatform().daemon().start(() -> exportUntil(to, ended));
                Thread.sleep((long) (seconds * 1000));
                ended.set(true);
                exporter.join();
                delete(to);
            } else {
                Thread.sleep((long) (seconds * 1000));
                ended.set(true);
            }
        }
        return appended.sum() / since(start);
    }

    private void exportUntil(Path to, AtomicBoolean ended) {
        try {
            new AuditExporter(config())
                    .export(
                            ExportRequest.all(to),
                            log,
                            (step, done, total) -> {
                                if (ended.get()) {
                                    throw new EndedException();
                                }
                            });
        } catch (EndedException e) {
            say("  (the export beside was stopped at the end of its time)");
        }
    }

    private static final class EndedException extends RuntimeException {
        @java.io.Serial private static final long serialVersionUID = 1L;
    }

    private ExportReport export(Path to) {
        return new AuditExporter(config()).export(ExportRequest.all(to), log, ExportProgress.NONE);
    }

    private ExportConfig config() {
        return new ExportConfig(folder.resolve("audit"), "0.1.0", Clock.systemUTC());
    }

    private static AuditDraft draft() {
        return AuditDraft.builder(TENANT, EventType.PROTOCOL_INVOCATION, AuditOutcome.SUCCESS)
                .correlationId(CorrelationId.random())
                .callerDid("did:oas:example:agent:benchmark")
                .protocol("MAX")
                .version("v1.0.0")
                .operation("audit_query")
                .latencyMicros(1200)
                .inputHmac("ab".repeat(32))
                .outputHmac("cd".repeat(32))
                .build();
    }

    private static boolean dropCaches() {
        try {
            Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3");
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static String peakMemory() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .map(line -> line.substring("VmHWM:".length()).strip())
                .findFirst()
                .orElse("unknown");
    }

    private static void command(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(command)).inheritIO().start();
        require(process.waitFor() == 0, String.join(" ", command) + " failed");
    }

    private static void require(boolean held, String otherwise) {
        if (!held) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static void say(String line) {
        System.out.println(line);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
