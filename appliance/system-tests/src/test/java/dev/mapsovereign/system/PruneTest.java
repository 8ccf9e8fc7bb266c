package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.client.DispatchClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real node prunes what two real stations keep, while it serves. */
@Tag("slow")
class PruneTest {
    private static final int CALLS = 600;

    @TempDir Path folder;

    @Test
    void prune_whatTwoStationsKeep_goesFromFilesAndRows_andTheNodeGoesOn() throws Exception {
        try (Site site = new Site(folder)) {
            Files.writeString(
                    Path.of(site.path("etc/map.toml")),
                    "\n[audit]\nprune_wait = \"0s\"\n",
                    StandardOpenOption.APPEND);
            site.start();
            for (int i = 0; i < CALLS; i++) {
                assertThat(call(site, "OAS", "resolve").ok()).isTrue();
            }
            site.run("audit", "export", "--to", site.path("medium"));
            String before = Instant.now().toString();
            assertThat(log(site, before, "--dry-run").text("ends_because").orElseThrow())
                    .startsWith("0 of 2 stations");
            visit(site, "vault-1");
            visit(site, "vault-2");
            site.run("audit", "import-receipt", site.path("medium"));

            JsonObject planned = log(site, before);
            assertThat(planned.text("records_removed")).contains("512");
            assertThat(planned.has("record_index")).isFalse();
            JsonObject pruned = log(site, before, "--yes");
            assertThat(pruned.text("records_removed")).contains("512");
            assertThat(pruned.text("record_index")).isPresent();
            assertThat(log(site, before, "--yes").has("goes")).isFalse();
            Path entries = Path.of(site.path("var/audit/logs/acme/tile/entries"));
            assertThat(entries.resolve("000")).doesNotExist();
            assertThat(site.run("audit", "verify", "--database").bool("verified")).contains(true);

            assertThat(site.end("audit", "prove", "--tenant", "acme", "--index", "7").said())
                    .contains("was pruned");
            assertThat(call(site, "MAX", "health_check").ok()).isTrue();
            site.kill();
            site.start();
            site.run("audit", "rebuild");
            assertThat(site.run("audit", "verify", "--database").bool("verified")).contains(true);
            site.run("audit", "export", "--to", site.path("medium"));
            assertThat(site.stop()).isZero();
            assertThat(verifier(site, "bundle", site.path("medium"), "--trust", trust(site)))
                    .isZero();
        }
    }

    private static JsonObject log(Site site, String before, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("audit", "prune", "--tenant", "acme", "--before", before));
        arguments.addAll(List.of(more));
        return (JsonObject)
                site.run(arguments.toArray(String[]::new))
                        .array("logs")
                        .orElseThrow()
                        .values()
                        .getFirst();
    }

    private static DispatchClient.Answer call(Site site, String protocol, String operation) {
        JsonObject input =
                protocol.equals("OAS")
                        ? JsonObject.builder().put("did", site.agentDid()).build()
                        : JsonObject.EMPTY;
        return site.client(site.apiKey())
                .dispatch(protocol, Optional.empty(), operation, input, Optional.empty());
    }

    /** A station with new keys is enrolled, looks at the medium, and leaves its receipts there. */
    private static void visit(Site site, String name) throws Exception {
        String keys = site.path(name + "-keys");
        assertThat(verifier(site, "keygen", "--station", name, "--keys", keys)).isZero();
        List<String> arguments = new ArrayList<>(List.of("audit", "enrol-station", name));
        for (String line : Files.readAllLines(Path.of(site.path("verifier.log")))) {
            if (line.startsWith(name + "/") && line.contains("+")) {
                arguments.addAll(List.of("--key", line));
            }
        }
        site.run(arguments.toArray(String[]::new));
        assertThat(
                        verifier(
                                site,
                                "witness",
                                site.path("medium"),
                                "--trust",
                                trust(site),
                                "--keys",
                                keys,
                                "--state",
                                site.path(name),
                                "--init-state"))
                .isZero();
    }

    private static String trust(Site site) throws IOException {
        Path file = Path.of(site.path("policy.txt"));
        if (!Files.exists(file)) {
            String key = site.run("audit", "status").text("node_key").orElseThrow();
            Files.writeString(file, "log " + key + "\nquorum none\n");
        }
        return file.toString();
    }

    /** The auditor's program in a process of its own; its exit status. */
    private static int verifier(Site site, String... arguments)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                "dev.mapsovereign.verifier.Main"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Path.of(site.path("verifier.log")).toFile())
                .start()
                .waitFor();
    }
}
