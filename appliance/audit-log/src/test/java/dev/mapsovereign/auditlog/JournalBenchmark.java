package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.Batch;
import dev.mapsovereign.auditlog.journal.JournalCursor;
import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Durable appends a second, next to a plain loop that writes and syncs the same batches, in turns
 * in one run: the figures depend on the machine's mood, their ratio much less.
 *
 * <p>Arguments: folder on the disk to be measured, callers (64), seconds a round (5), rounds (5),
 * tenants (1).
 */
public final class JournalBenchmark {
    private static final int LATENCIES_MAX = 2_000_000;

    private final int callers;
    private final int tenants;

    private JournalBenchmark(int callers, int tenants) {
        this.callers = callers;
        this.tenants = tenants;
    }

    /** One round of the log. */
    private record Round(double seconds, double cpuSeconds, long[] latencies) {
        double rate() {
            return latencies.length / seconds;
        }

        double microsAt(double share) {
            return latencies[
                            (int)
                                    Math.min(
                                            latencies.length - 1L,
                                            (long) (latencies.length * share))]
                    / 1e3;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        int seconds = argument(arguments, 2, 5);
        int rounds = argument(arguments, 3, 5);
        JournalBenchmark benchmark =
                new JournalBenchmark(argument(arguments, 1, 64), argument(arguments, 4, 1));
        benchmark.round(folder.resolve("warm"), seconds);
        System.out.println(
                "round  appends/s  p50 µs  p99 µs  CPU µs/append  batches/s  records/batch  loop"
                        + " appends/s  ratio");
        double logSum = 0;
        double loopSum = 0;
        for (int round = 1; round <= rounds; round++) {
            Path log = folder.resolve("round-" + round);
            Round measured = benchmark.round(log, seconds);
            int[] extents = extents(log);
            double loopSeconds = loop(folder.resolve("loop"), extents);
            TestLog.delete(log);
            double loopRate = measured.latencies().length / loopSeconds;
            logSum += measured.rate();
            loopSum += loopRate;
            System.out.printf(
                    Locale.ROOT,
                    "%5d  %9.0f  %6.0f  %6.0f  %13.1f  %9.0f  %13.1f  %14.0f  %4.0f %%%n",
                    round,
                    measured.rate(),
                    measured.microsAt(0.5),
                    measured.microsAt(0.99),
                    measured.cpuSeconds() * 1e6 / measured.latencies().length,
                    extents.length / measured.seconds(),
                    (double) measured.latencies().length / extents.length,
                    loopRate,
                    100 * measured.rate() / loopRate);
        }
        System.out.printf(
                Locale.ROOT,
                "mean: %.0f appends/s, loop %.0f, ratio %.0f %%%n",
                logSum / rounds,
                loopSum / rounds,
                100 * logSum / loopSum);
    }

    private static int argument(String[] arguments, int at, int otherwise) {
        return arguments.length > at ? Integer.parseInt(arguments[at]) : otherwise;
    }

    private Round round(Path folder, int seconds) throws Exception {
        Files.createDirectories(folder);
        try (Secret seed = Secret.copyOf(new byte[32]);
                AuditLog log =
                        AuditLog.open(
                                AuditLogConfig.defaults(
                                        folder, NodeName.of("bench"), seed, Ed25519.jdk()))) {
            List<TenantId> ids = new ArrayList<>();
            for (int i = 0; i < tenants; i++) {
                ids.add(TenantId.of("t" + i));
                log.createTenant(ids.get(i));
            }
            AtomicBoolean stop = new AtomicBoolean();
            CountDownLatch go = new CountDownLatch(1);
            long[][] latencies = new long[callers][];
            List<Thread> threads = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                int number = caller;
                threads.add(
                        Thread.ofVirtual()
                                .start(() -> latencies[number] = call(log, ids, number, go, stop)));
            }
            double cpuBefore = cpuSeconds();
            long began = System.nanoTime();
            go.countDown();
            Thread.sleep(1000L * seconds);
            stop.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            double took = (System.nanoTime() - began) / 1e9;
            double cpu = cpuSeconds() - cpuBefore;
            long[] all = Arrays.stream(latencies).flatMapToLong(Arrays::stream).sorted().toArray();
            return new Round(took, cpu, all);
        }
    }

    /**
     * Processor time of all threads of this process: says more than the rate on a shared machine.
     */
    private static double cpuSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    private long[] call(
            AuditLog log, List<TenantId> ids, int number, CountDownLatch go, AtomicBoolean stop) {
        try {
            go.await();
        } catch (InterruptedException e) {
            return new long[0];
        }
        long[] latencies = new long[1024];
        int count = 0;
        for (long call = number; !stop.get(); call += callers) {
            AuditDraft draft = draft(ids.get((int) (call % tenants)), call);
            long began = System.nanoTime();
            log.append(draft);
            if (count == latencies.length && count < LATENCIES_MAX) {
                latencies = Arrays.copyOf(latencies, 2 * count);
            }
            latencies[count++] = System.nanoTime() - began;
        }
        return Arrays.copyOf(latencies, count);
    }

    /** A record of about 600 bytes, as a dispatched call leaves it. */
    private static AuditDraft draft(TenantId tenant, long call) {
        return AuditDraft.builder(tenant, EventType.PROTOCOL_INVOCATION, AuditOutcome.SUCCESS)
                .correlationId(
                        new CorrelationId(new UUID(call << 16 | 0x4000, Long.MIN_VALUE | call)))
                .callerDid("did:oas:acme:agent:bench")
                .protocol("MAX")
                .version("v1.0.0")
                .operation("audit_query")
                .latencyMicros(123)
                .inputHmac("ab".repeat(32))
                .outputHmac("cd".repeat(32))
                .build();
    }

    /** How many bytes each batch took. */
    private static int[] extents(Path folder) throws IOException, JournalDamageException {
        SegmentFolder segments = SegmentFolder.open(folder.resolve("journal"));
        List<Integer> extents = new ArrayList<>();
        Place end = new Place(segments.last().segment(), segments.last().length());
        try (JournalCursor cursor = new JournalCursor(segments, Place.BEGINNING, false)) {
            for (Optional<Batch> batch = next(cursor, end);
                    batch.isPresent();
                    batch = next(cursor, end)) {
                extents.add(batch.get().header().extent());
            }
        }
        return extents.stream().mapToInt(Integer::intValue).toArray();
    }

    private static Optional<Batch> next(JournalCursor cursor, Place end) throws IOException {
        try {
            return cursor.next(end);
        } catch (JournalDamageException e) {
            return Optional.empty(); // behind the last batch
        }
    }

    /** Writes and syncs as many bytes, batch by batch, into files filled with zeros before. */
    private static double loop(Path file, int[] extents) throws IOException {
        long length = AuditLogConfig.SEGMENT_BYTES_DEFAULT;
        ByteBuffer bytes = ByteBuffer.allocateDirect(4 << 20);
        for (int i = 0; i < bytes.capacity(); i++) {
            bytes.put(i, (byte) (i * 31));
        }
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.DELETE_ON_CLOSE)) {
            ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
            for (long at = 0; at < length; at += zeros.capacity()) {
                channel.write(zeros.clear(), at);
            }
            channel.force(true);
            long began = System.nanoTime();
            long at = 0;
            for (int extent : extents) {
                at = at + extent > length ? 0 : at;
                channel.write(bytes.clear().limit(extent), at);
                channel.force(false);
                at += extent;
            }
            return (System.nanoTime() - began) / 1e9;
        }
    }
}
