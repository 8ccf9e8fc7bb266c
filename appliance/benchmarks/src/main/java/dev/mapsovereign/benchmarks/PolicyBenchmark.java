package dev.mapsovereign.benchmarks;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.engine.policy.ActivePolicies;
import dev.mapsovereign.engine.policy.Policies;
import dev.mapsovereign.engine.policy.PolicyCall;
import dev.mapsovereign.engine.policy.PolicyName;
import dev.mapsovereign.migrations.Migrator;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Measures what it costs to judge one call, in processor time of one thread: where no policy is
 * active, where active ones name other operations, and where so many name this one and each is
 * looked at to its end.
 */
public final class PolicyBenchmark {
    private static final int STATEMENTS_OF_ONE = 100;
    private static final CapabilityName TRADE = new CapabilityName("map.market.execute_trade");
    private static final String OTHERS =
            "permit (principal, action == Action::\"map.market.quote\", resource);\n";
    private static final String LIMIT =
            "forbid (principal, action == Action::\"map.market.execute_trade\", resource)"
                    + " when { principal.kind == \"agent\" && resource.size_usd > 100000 };\n";

    private final Path folder;
    private final double seconds;

    private PolicyBenchmark(Path folder, double seconds) {
        this.folder = folder;
        this.seconds = seconds;
    }

    /** Option: {@code --seconds S} of each measurement, after as long a warm-up. */
    public static void main(String[] arguments) throws Exception {
        Options options = new Options(arguments, "seconds");
        Path folder = Files.createTempDirectory("map-policies");
        try {
            PolicyBenchmark benchmark = new PolicyBenchmark(folder, options.seconds("seconds", 3));
            benchmark.run("none is active", 0, OTHERS);
            benchmark.run("100 name other operations", 100, OTHERS);
            benchmark.run("1 names it", 1, LIMIT);
            benchmark.run("100 name it", 100, LIMIT);
            benchmark.run("1,000 name it", 1_000, LIMIT);
        } finally {
            BenchmarkFolder.delete(folder);
        }
    }

    private void run(String what, int statements, String statement) throws Exception {
        Path here = Files.createTempDirectory(folder, "h2");
        try (Database database = Database.open(DatabaseConfig.of("h2:" + here.resolve("map")))) {
            new Migrator(database).apply((migration, number, total) -> {});
            Policies policies = Policies.open(database, Clock.systemUTC());
            for (int made = 0; made < statements; made += STATEMENTS_OF_ONE) {
                PolicyName name = new PolicyName("p" + made, "v1.0.0");
                String body = statement.repeat(Math.min(STATEMENTS_OF_ONE, statements - made));
                policies.author(name, Optional.empty(), body, Optional.empty(), "");
                policies.activate(name);
            }
            measure(policies);
            System.out.printf(
                    Locale.ROOT,
                    "%-28s %,10.0f ns of processor time a call%n",
                    what,
                    measure(policies));
        }
    }

    /** What stage 4 does: looks whether anything is in force, and judges then alone. */
    private double measure(Policies policies) {
        JsonObject input = JsonObject.builder().put("size_usd", 50_000).put("leg", "buy").build();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long began = threads.getCurrentThreadCpuTime();
        long calls = 0;
        long refused = 0;
        while (System.nanoTime() < end) {
            for (int i = 0; i < 64; i++) {
                ActivePolicies current = policies.current();
                if (!current.isEmpty()
                        && !current.judge(call(input)).getLast().outcome().allowed()) {
                    refused++;
                }
            }
            calls += 64;
        }
        if (refused > 0) {
            throw new IllegalStateException("nothing was to be refused");
        }
        return (threads.getCurrentThreadCpuTime() - began) / (double) calls;
    }

    private static PolicyCall call(JsonObject input) {
        return new PolicyCall(
                TenantId.of("acme"),
                new PolicyCall.Principal.Agent(
                        AgentDid.parse("did:oas:acme:agent:clerk"), Optional.empty()),
                TRADE,
                "MARKET",
                false,
                input,
                PolicyCall.Circumstances.at(Instant.now(), Set.of("eu")));
    }
}
