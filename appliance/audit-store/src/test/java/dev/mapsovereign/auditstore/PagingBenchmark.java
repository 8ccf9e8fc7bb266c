package dev.mapsovereign.auditstore;

import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.testing.TestPostgres;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a page costs: CPU time of the process for each row, the database's own work on H2 included,
 * on PostgreSQL not. First pages next to deep ones, rows that lie together next to rows that are
 * scattered, tiles followed for the first time next to tiles that are known.
 *
 * <p>Arguments: folder, {@code h2} or {@code postgres}, records (20,000), rounds (20).
 */
public final class PagingBenchmark {
    private static final int PAGE = 100;

    private PagingBenchmark() {}

    /** Runs it and prints one line for each kind of page. */
    public static void main(String[] arguments) {
        Path folder = Path.of(arguments[0]);
        int records = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 20_000;
        int rounds = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 20;
        DatabaseConfig config =
                arguments[1].equals("postgres")
                        ? DatabaseConfig.of(TestPostgres.shared().freshDatabase().url())
                        : DatabaseConfig.of("h2:" + folder.resolve("map"));
        try (LogUnderTest log = new LogUnderTest(folder.resolve("audit"), "one");
                Database database = Database.open(config)) {
            new Migrator(database).apply((migration, number, total) -> {});
            fill(log, records);
            log.reopen(); // so that no tile was followed yet
            try (AuditProjection projection = new AuditProjection(log.log(), database)) {
                projection.start();
                AuditStoreContract.await(
                        () -> projection.healthy() && projection.lag().records() == 0);
                measure(new AuditIndex(database, log.log()), records, rounds);
            }
        }
    }

    /** One record in a hundred is of another protocol. */
    private static void fill(LogUnderTest log, int records) {
        for (int i = 0; i < records; i++) {
            if (i % PAGE == 0) {
                log.append(LogUnderTest.ACME, "MIM", "message_send", AuditOutcome.SUCCESS);
            } else {
                log.append(LogUnderTest.ACME);
            }
        }
    }

    private static void measure(AuditIndex index, int records, int rounds) {
        AuditQuery scattered = base().protocol(Optional.of("MIM")).build();
        print(index, "scattered, tiles unknown", 1, scattered);
        print(index, "scattered, tiles known", rounds, scattered);
        print(index, "first page, newest first", rounds, below(records));
        print(index, "page in the middle", rounds, below(records / 2));
        print(index, "last page", rounds, below(PAGE));
    }

    private static AuditQuery.Builder base() {
        return AuditQuery.builder(LogUnderTest.ACME).limit(PAGE);
    }

    private static AuditQuery below(long index) {
        return base().indexTo(OptionalLong.of(index)).build();
    }

    private static void print(AuditIndex index, String what, int rounds, AuditQuery query) {
        long before = cpuMicros();
        long rows = 0;
        for (int i = 0; i < rounds; i++) {
            rows += index.query(query).rows().size();
        }
        System.out.printf(
                Locale.ROOT,
                "%-28s %8.1f us CPU a row, %d rows%n",
                what,
                (double) (cpuMicros() - before) / rows,
                rows);
    }

    /** Of the whole process, in steps of 10 ms; nothing else runs in it meanwhile. */
    private static long cpuMicros() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1000;
    }
}
