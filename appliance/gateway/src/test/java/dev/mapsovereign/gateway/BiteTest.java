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
import java.util.TreeMap;
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
    /** Checks that never decide alone: with these others off as well, a row fails. */
    private static final Map<String, Set<String>> BACKED =
            Map.of(
                    // A CR or LF within a line is no character of a value either.
                    "HeadParser.lineEnd 1", Set.of("HeadParser.field 2"),
                    "HeadParser.lineEnd 1a", Set.of("HeadParser.field 2"),
                    "HeadParser.lineEnd 1b", Set.of("HeadParser.field 2"),
                    // A third blank would stand in the target.
                    "HeadParser.parse 1b", Set.of("Grammar.requireVisible 1"));

    /** Checks that no row can show, and why they are there. */
    private static final Map<String, String> IDLE =
            Map.of(
                    "HeadParser.lineEnd 2",
                    "a head's end is only ever found behind an LF: for callers to come",
                    "Http1Request.body late 2",
                    "a client that resets in the moment in which its time is over");

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
            Map<String, String> idle = new TreeMap<>();
            for (Map.Entry<String, String> check : build.checks().entrySet()) {
                List<Attempt> due = reaching.getOrDefault(check.getValue(), List.of());
                off.add(check.getKey());
                off.addAll(BACKED.getOrDefault(check.getKey(), Set.of()));
                Optional<Attempt> biting =
                        due.stream().filter(each -> each.failure().isPresent()).findFirst();
                off.clear();
                String fate =
                        biting.map(Attempt::name).orElse("none fails of " + due.size() + " rows");
                System.out.println(check.getKey() + ": " + fate);
                if (biting.isEmpty()) {
                    idle.put(check.getKey(), fate);
                }
            }
            assertThat(build.checks()).hasSizeGreaterThan(70).containsKeys(keys(BACKED));
            assertThat(idle.keySet()).as(idle.toString()).isEqualTo(IDLE.keySet());
        }
    }

    private static String[] keys(Map<String, Set<String>> map) {
        return map.keySet().toArray(String[]::new);
    }

    private static AutoCloseable edges(SwitchedBuild build, TestNode node, TestTls tls)
            throws Exception {
        return (AutoCloseable)
                build.loadClass(SwitchedEdges.class.getName())
                        .getConstructors()[0]
                        .newInstance(node.engine(), node.readiness, tls.chainFile(), tls.keyFile());
    }

    private static int[] ports(AutoCloseable edges) {
        return (int[]) ((Supplier<?>) edges).get();
    }

    private static List<Attempt> attempts(TestNode node, TestTls tls, int[] ports) {
        List<Attempt> attempts = new ArrayList<>();
        HostileRequestTest.rows()
                .forEach(row ->
                        attempts.add(new Attempt(row.name(), () -> plain(row, node, ports[0]))));
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
