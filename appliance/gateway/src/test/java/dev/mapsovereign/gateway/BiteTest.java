package dev.mapsovereign.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.gateway.http1.Http1SessionTest;
import dev.mapsovereign.gateway.testing.RawClient;
import dev.mapsovereign.gateway.testing.TestNode;
import dev.mapsovereign.gateway.testing.TestTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Whether the tables of hostile requests would notice that a check is gone: with it off, some row
 * that reaches it must fail.
 */
@Tag("slow")
final class BiteTest {
    @TempDir private static Path folder;

    /** One row of either table. */
    private record Attempt(String name, Trial trial) {
        Optional<String> failure() {
            try {
                trial.run();
                return Optional.empty();
            } catch (Exception | AssertionError e) {
                return Optional.of(String.valueOf(e.getMessage()));
            }
        }
    }

    /** Throws when a row does not end as it should. */
    private interface Trial {
        void run() throws Exception;
    }

    @Test
    void table_withOneCheckOff_someRowFails() throws Exception {
        SwitchedBuild build = new SwitchedBuild();
        Set<String> off = build.set("OFF");
        Set<String> reached = build.set("REACHED");
        TestTls tls = TestTls.create(Files.createDirectory(folder.resolve("keys")));
        try (TestNode node =
                        new TestNode(
                                folder.resolve("node"),
                                Optional.empty(),
                                HostileRequestTest.impatient());
                AutoCloseable edges = edges(build, node, tls)) {
            List<Attempt> attempts = attempts(node, tls, ports(edges));
            Map<String, List<Attempt>> reaching = new HashMap<>();
            for (Attempt attempt : attempts) {
                reached.clear();
                assertThat(attempt.failure()).as(attempt.name()).isEmpty();
                for (String check : reached) {
                    reaching.computeIfAbsent(check, any -> new ArrayList<>()).add(attempt);
                }
            }
            List<String> idle = new ArrayList<>();
            for (Map.Entry<String, String> check : build.checks().entrySet()) {
                long start = System.nanoTime();
                off.add(check.getKey());
                List<Attempt> due = reaching.getOrDefault(check.getValue(), List.of());
                Optional<Attempt> biting =
                        due.stream().filter(each -> each.failure().isPresent()).findFirst();
                off.clear();
                String fate =
                        check.getKey()
                                + ": "
                                + biting.map(Attempt::name)
                                        .orElse("no row fails of " + due.size())
                                + ", "
                                + (System.nanoTime() - start) / 1_000_000
                                + " ms";
                System.out.println(fate);
                if (biting.isEmpty()) {
                    idle.add(fate);
                }
            }
            assertThat(idle).isEmpty();
        }
    }

    private static AutoCloseable edges(SwitchedBuild build, TestNode node, TestTls tls)
            throws Exception {
        return (AutoCloseable)
                build.loadClass(SwitchedEdges.class.getName())
                        .getConstructors()[0]
                        .newInstance(
                                node.engine(), node.readiness, tls.chainFile(), tls.keyFile());
    }

    private static int[] ports(AutoCloseable edges) {
        return (int[]) ((Supplier<?>) edges).get();
    }

    private static List<Attempt> attempts(TestNode node, TestTls tls, int[] ports) {
        List<Attempt> attempts = new ArrayList<>();
        HostileRequestTest.rows()
                .forEach(row ->
                        attempts.add(
                                new Attempt(row.name(), () -> plain(row, node, ports[0]))));
        HostileRequestTest.rows()
                .filter(row -> row.status() == 408)
                .forEach(row ->
                        attempts.add(
                                new Attempt(
                                        row.name() + " (TLS)",
                                        () -> inTls(row, node, tls, ports[1]))));
        attempts.add(
                new Attempt(
                        "leaves within the body",
                        () -> HostileRequestTest.checkLeaving(node, ports[0])));
        Http1SessionTest.hostile()
                .map(Arguments::get)
                .forEach(row ->
                        attempts.add(
                                new Attempt(
                                        (String) row[0],
                                        () ->
                                                Http1SessionTest.check(
                                                        ports[2], (String) row[1], (int) row[2]))));
        Http1SessionTest.unfinished()
                .map(Arguments::get)
                .forEach(row ->
                        attempts.add(
                                new Attempt(
                                        (String) row[0],
                                        () ->
                                                Http1SessionTest.checkUnfinished(
                                                        ports[2], (String) row[1], (int) row[2]))));
        return attempts;
    }

    private static void plain(HostileRequestTest.Row row, TestNode node, int port)
            throws Exception {
        try (RawClient client = RawClient.plain(port);
                RawClient next = RawClient.plain(port)) {
            HostileRequestTest.check(row, node, client, next);
        }
    }

    private static void inTls(HostileRequestTest.Row row, TestNode node, TestTls tls, int port)
            throws Exception {
        try (RawClient client = RawClient.tls(port, tls.client());
                RawClient next = RawClient.tls(port, tls.client())) {
            HostileRequestTest.check(row, node, client, next);
        }
    }
}
