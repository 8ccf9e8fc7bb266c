package dev.mapsovereign.system;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The program that {@link FleetTest} runs in a network namespace of its own: callers call all the
 * time while one part after the other is killed, held, or cut off; then every answer is looked up.
 */
final class FleetFaults {
    /**
     * How long a tenant may be without an answer after a fault, or after its end. Five seconds are
     * what is promised, and what a quiet machine shows; a machine that builds beside it has twice
     * that.
     */
    private static final Duration RECOVERY_MAX = Duration.ofSeconds(10);

    private static final Duration FAULT_TIME = Duration.ofSeconds(5);
    private static final long PROJECTED_SECONDS_MAX = 120;

    private final Fleet fleet;
    private final FleetLoad load;
    private final Map<String, Long> recoveries = new TreeMap<>();

    private FleetFaults(Fleet fleet) {
        this.fleet = fleet;
        this.load = fleet.load();
    }

    /** What is done to a part, and what takes it back. */
    private interface Step {
        void run() throws Exception;
    }

    /** Ends with 0 if all holds; what does not is said on standard error. */
    public static void main(String[] arguments) throws Exception {
        try (Fleet fleet = new Fleet(Path.of(arguments[0]))) {
            fleet.start();
            new FleetFaults(fleet).run();
        }
    }

    private void run() throws Exception {
        load.start();
        awaitEveryTenant(System.nanoTime(), Duration.ofSeconds(60));
        Fleet.Host gateway = fleet.gateways().get(0);
        Fleet.Host killed = fleet.busiestEngine();
        onTheWay("engine killed", killed::kill, () -> restart(killed));
        Fleet.Host held = fleet.busiestEngine();
        onTheWay("engine held", () -> held.signal("STOP"), () -> held.signal("CONT"));
        Fleet.Host cutOff = fleet.busiestEngine();
        onTheWay("engine cut off", () -> cutOff.cable(false), () -> cutOff.cable(true));
        onTheWay("gateway killed", gateway::kill, () -> restart(gateway));
        onTheWay("gateway held", () -> gateway.signal("STOP"), () -> gateway.signal("CONT"));
        onTheWay("gateway cut off", () -> gateway.cable(false), () -> gateway.cable(true));
        onTheWay("Redis held", fleet.redis()::stall, fleet.redis()::resume);
        onTheWay("Redis killed", fleet.redis()::halt, fleet.redis()::restart);
        afterwards("PostgreSQL held", fleet.postgres()::pause, fleet.postgres()::resume);
        afterwards("PostgreSQL killed", fleet.postgres()::kill, fleet.postgres()::restart);
        load.stop();
        check();
        System.out.println(load.outcomes());
        System.out.println(recoveries);
    }

    private void restart(Fleet.Host host) throws Exception {
        host.launch();
        host.awaitReady();
    }

    /** Of several such parts one may be away: answers come again while it is. */
    private void onTheWay(String what, Step fault, Step end) throws Exception {
        settle();
        long begun = System.nanoTime();
        fault.run();
        recoveries.put(what, awaitEveryTenant(begun, RECOVERY_MAX));
        sleepUntil(begun + FAULT_TIME.toNanos());
        end.run();
    }

    /** There is one of it: answers come again after its return. */
    private void afterwards(String what, Step fault, Step end) throws Exception {
        settle();
        long begun = System.nanoTime();
        fault.run();
        sleepUntil(begun + FAULT_TIME.toNanos());
        end.run();
        recoveries.put(what, awaitEveryTenant(System.nanoTime(), RECOVERY_MAX));
    }

    /** All is well, and was for a while. */
    private void settle() throws InterruptedException {
        awaitEveryTenant(System.nanoTime(), Duration.ofSeconds(60));
        Thread.sleep(1_500);
    }

    private static void sleepUntil(long nanos) throws InterruptedException {
        long left = nanos - System.nanoTime();
        if (left > 0) {
            TimeUnit.NANOSECONDS.sleep(left);
        }
    }

    /**
     * Waits until each tenant had an answer of {@code ok} to a call since then.
     *
     * @return milliseconds that it took
     */
    private long awaitEveryTenant(long since, Duration max) throws InterruptedException {
        Set<String> tenants = Set.of("acme", "blue", "coral", "dune");
        // An answer that was on its way when the fault came says nothing.
        long from = since + TimeUnit.MILLISECONDS.toNanos(300);
        while (true) {
            Set<String> missing = new HashSet<>(tenants);
            for (FleetLoad.Answered each : load.answers()) {
                if (each.nanos() > from && each.code().equals("ok")) {
                    missing.remove(each.tenant());
                }
            }
            long elapsed = System.nanoTime() - since;
            if (missing.isEmpty()) {
                return TimeUnit.NANOSECONDS.toMillis(elapsed);
            }
            if (elapsed > max.toNanos()) {
                throw new AssertionError(
                        "no answer for "
                                + missing
                                + " within "
                                + max
                                + "; so far "
                                + recoveries
                                + "; "
                                + load.outcomes()
                                + "\n"
                                + fleet.logTail("gateway1")
                                + "\n"
                                + fleet.logTail("engine1"));
            }
            Thread.sleep(20);
        }
    }

    /** Each answer that names a record: it is there, with that hash; and no call has two. */
    private void check() throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PROJECTED_SECONDS_MAX);
        while (true) {
            Map<String, String> records = records();
            List<FleetLoad.Answered> missing =
                    load.answers().stream()
                            .filter(answer -> answer.hash().isPresent())
                            .filter(answer ->
                                    !answer.hash()
                                            .get()
                                            .equals(records.get(answer.id().orElseThrow())))
                            .toList();
            if (missing.isEmpty()) {
                return;
            }
            if (System.nanoTime() > until) {
                throw new AssertionError(
                        missing.size() + " answers have no record, such as " + missing.getFirst());
            }
            Thread.sleep(500);
        }
    }

    /** Hashes by correlation id, of all nodes together. */
    private Map<String, String> records() throws SQLException {
        Map<String, String> records = new HashMap<>();
        try (Connection connection = fleet.database().connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT correlation_id, encode(record_hash, 'hex') FROM audit_chain"
                                        + " WHERE correlation_id IS NOT NULL")) {
            while (rows.next()) {
                String id = rows.getString(1);
                if (records.put(id, rows.getString(2)) != null) {
                    throw new AssertionError("two records of the call " + id);
                }
            }
        }
        return records;
    }
}
