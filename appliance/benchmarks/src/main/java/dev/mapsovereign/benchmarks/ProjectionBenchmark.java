package dev.mapsovereign.benchmarks;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.auditstore.AuditProjection;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.custody.BouncyEd25519;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.testing.TestPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures how fast the audit log goes into a database: alone, from a journal that is there
 * already, and beside appends, in windows that alternate with appends alone, so that a machine that
 * is busy with other things slows both alike. Processor time is that of this process, and of
 * PostgreSQL's own where that is the database.
 */
public final class ProjectionBenchmark {
    private static final int CALLERS = 64;
    private static final int WINDOWS = 4;
    private static final int META_BYTES = 120;

    private final Path folder;
    private final long records;
    private final Duration window;

    private ProjectionBenchmark(Path folder, long records, Duration window) {
        this.folder = folder;
        this.records = records;
        this.window = window;
    }

    /**
     * Options: {@code --database h2|postgres|URL} (both without it), {@code --records N} for the
     * projection alone, {@code --seconds S} of each window beside appends.
     */
    public static void main(String[] arguments) throws Exception {
        Options options = new Options(arguments, "database", "records", "seconds");
        String wanted = options.text("database", "");
        List<String> databases = wanted.isEmpty() ? List.of("h2", "postgres") : List.of(wanted);
        long records = options.count("records", 400_000);
        double seconds = options.seconds("seconds", 4);
        Path folder = Files.createTempDirectory("map-projection");
        try {
            Duration window = Duration.ofMillis((long) (seconds * 1000));
            for (String database : databases) {
                new ProjectionBenchmark(
                                Files.createDirectories(folder.resolve(folder(database))),
                                records,
                                window)
                        .run(database);
            }
        } finally {
            BenchmarkFolder.delete(folder);
        }
    }

    private static String folder(String database) {
        return database.matches("[a-z0-9]+") ? database : "other";
    }

    private void run(String kind) throws InterruptedException {
        System.out.println("## " + (kind.contains(":") ? "another database" : kind));
        switch (kind) {
            case "h2" -> {
                alone("h2:" + folder.resolve("alone"));
                beside("h2:" + folder.resolve("beside"));
            }
            case "postgres" -> {
                try (TestPostgres server = TestPostgres.start()) {
                    alone(server.freshDatabase().url());
                    beside(server.freshDatabase().url());
                }
            }
            default -> alone(kind);
        }
    }

    /** From a journal of so many records. */
    private void alone(String url) throws InterruptedException {
        try (AuditLog log = log("alone");
                Database database = database(url)) {
            append(log, records);
            long cpu = cpuMicros();
            long servers = serversMicros();
            long began = System.nanoTime();
            try (AuditProjection projection = new AuditProjection(log, database)) {
                projection.start();
                await(projection);
                double seconds = (System.nanoTime() - began) / 1e9;
                long rows = total(log);
                System.out.printf(
                        Locale.ROOT,
                        "alone: %,d rows in %.1f s, %,.0f/s; CPU a row: here %.1f µs, server"
                                + " %.1f µs%n",
                        rows,
                        seconds,
                        rows / seconds,
                        (double) (cpuMicros() - cpu) / rows,
                        (double) (serversMicros() - servers) / rows);
            }
        }
    }

    /** Appends alone and appends with a projection, in turns. */
    private void beside(String url) throws InterruptedException {
        try (AuditLog log = log("beside");
                Database database = database(url)) {
            appendsPerSecond(log); // warms up
            double alone = 0;
            double with = 0;
            long rows = 0;
            for (int i = 0; i < WINDOWS; i++) {
                alone += appendsPerSecond(log);
                try (AuditProjection projection = new AuditProjection(log, database)) {
                    projection.start();
                    await(projection); // what the window before left
                    long before = total(log);
                    with += appendsPerSecond(log);
                    rows += total(log) - before - projection.lag().records();
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "beside %d callers: %,.0f appends/s alone, %,.0f/s with the projection (%.0f %%),"
                            + " which brought %,.0f rows/s meanwhile%n",
                    CALLERS,
                    alone / WINDOWS,
                    with / WINDOWS,
                    100 * with / alone,
                    rows / (WINDOWS * window.toMillis() / 1e3));
        }
    }

    private AuditLog log(String name) {
        AuditLog log =
                AuditLog.open(
                        AuditLogConfig.defaults(
                                folder.resolve("audit-" + name),
                                new NodeName(name),
                                Secret.copyOf(new byte[32]),
                                new BouncyEd25519()));
        log.createTenant(TenantId.of("acme"));
        return log;
    }

    private static Database database(String url) {
        Database database = Database.open(DatabaseConfig.of(url));
        new Migrator(database).apply((migration, number, total) -> {});
        return database;
    }

    private static void await(AuditProjection projection) throws InterruptedException {
        while (projection.lag().records() > 0) {
            Thread.sleep(5);
        }
    }

    private double appendsPerSecond(AuditLog log) throws InterruptedException {
        AtomicLong appended = new AtomicLong();
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> callers = new ArrayList<>();
        long began = System.nanoTime();
        for (int i = 0; i < CALLERS; i++) {
            callers.add(
                    Thread.startVirtualThread(() -> {
                        while (!stop.get()) {
                            appendOne(log);
                            appended.incrementAndGet();
                        }
                    }));
        }
        Thread.sleep(window);
        stop.set(true);
        for (Thread caller : callers) {
            caller.join();
        }
        return appended.get() * 1e9 / (System.nanoTime() - began);
    }

    private static void append(AuditLog log, long count) throws InterruptedException {
        AtomicLong left = new AtomicLong(count);
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 4 * CALLERS; i++) {
            callers.add(
                    Thread.startVirtualThread(() -> {
                        while (left.getAndDecrement() > 0) {
                            appendOne(log);
                        }
                    }));
        }
        for (Thread caller : callers) {
            caller.join();
        }
    }

    /** A record of some 500 bytes, as a call leaves one. */
    private static void appendOne(AuditLog log) {
        var _ =
                log.append(
                        AuditDraft.builder(
                                        TenantId.of("acme"),
                                        EventType.PROTOCOL_INVOCATION,
                                        AuditOutcome.SUCCESS)
                                .correlationId(CorrelationId.random())
                                .callerDid("did:oas:acme:agent:benchmark")
                                .protocol("MAX")
                                .operation("audit_query")
                                .meta(
                                        JsonObject.builder()
                                                .put("credential", "api_key")
                                                .put("source", "x".repeat(META_BYTES))
                                                .build())
                                .build());
    }

    private static long total(AuditLog log) {
        return log.status().tenants().stream().mapToLong(tenant -> tenant.head().size()).sum();
    }

    private static long cpuMicros() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos()
                / 1000;
    }

    private static long serversMicros() {
        return ProcessHandle.current()
                .descendants()
                .map(server -> server.info().totalCpuDuration().orElse(Duration.ZERO))
                .mapToLong(cpu -> cpu.toNanos() / 1000)
                .sum();
    }
}
