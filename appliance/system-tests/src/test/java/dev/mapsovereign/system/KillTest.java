package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.node.client.DispatchClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the node at random moments under load, again and again: whatever was answered is in the
 * chain after the restart, once; and a key revoked just before the kill stays revoked.
 */
class KillTest {
    private static final int KILLS = Integer.getInteger("map.test.kills", 10);
    private static final int CALLERS = 6;

    /** What a caller was told of its record. */
    private record Answered(long index, String hash, String correlationId) {}

    @TempDir private Path folder;

    @Test
    void kill_atRandomMomentsUnderLoad_losesNothingAnswered() throws Exception {
        long seed = Long.getLong("map.test.seed", System.nanoTime());
        Random random = new Random(seed);
        Queue<Answered> answered = new ConcurrentLinkedQueue<>();
        List<String> revoked = new ArrayList<>();
        try (Site site = new Site(folder)) {
            for (int round = 0; round < KILLS; round++) {
                site.start();
                revoked.forEach(key -> assertRefused(site, key, seed));
                revoked.clear();
                String key = loadAndKill(site, answered, random);
                revoked.add(key);
            }
            site.start();
            revoked.forEach(key -> assertRefused(site, key, seed));
            assertThat(answered).as("seed %d", seed).hasSizeGreaterThan(KILLS);
            checkChain(site, answered, seed);
            assertThat(site.stop()).isZero();
            checkExport(site);
        }
    }

    /** Calls until the kill; returns an API key whose revocation was acknowledged just before. */
    private static String loadAndKill(Site site, Queue<Answered> answered, Random random)
            throws InterruptedException {
        JsonObject created =
                site.run("apikey", "create", "--tenant", "acme", "--did", site.agentDid());
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> callers = new ArrayList<>();
        for (int caller = 0; caller < CALLERS; caller++) {
            boolean sends = caller % 2 == 0;
            callers.add(Thread.ofVirtual().start(() -> call(site, sends, stop, answered)));
        }
        Thread.sleep(random.nextInt(30, 300));
        site.run("apikey", "revoke", created.text("id").orElseThrow());
        Thread.sleep(random.nextInt(0, 20));
        site.kill();
        stop.set(true);
        for (Thread caller : callers) {
            caller.join(TimeUnit.SECONDS.toMillis(90));
        }
        return created.text("api_key").orElseThrow();
    }

    private static void call(
            Site site, boolean sends, AtomicBoolean stop, Queue<Answered> answered) {
        DispatchClient client = site.client(site.apiKey());
        JsonObject send =
                JsonObject.builder()
                        .put("to", "mailbox://" + site.agentDid())
                        .put("body", JsonObject.builder().put("n", 1).build())
                        .build();
        JsonObject resolve = JsonObject.builder().put("did", site.agentDid()).build();
        try {
            while (!stop.get()) {
                DispatchClient.Answer answer =
                        sends
                                ? client.dispatch(
                                        "MIM",
                                        Optional.empty(),
                                        "message_send",
                                        send,
                                        Optional.empty())
                                : client.dispatch(
                                        "OAS",
                                        Optional.empty(),
                                        "resolve",
                                        resolve,
                                        Optional.empty());
                JsonObject metadata = answer.body().object("metadata").orElse(JsonObject.EMPTY);
                metadata.integer("record_index")
                        .ifPresent(index ->
                                answered.add(
                                        new Answered(
                                                index,
                                                metadata.text("record_hash").orElseThrow(),
                                                metadata.text("correlation_id")
                                                        .or(() ->
                                                                answer.body()
                                                                        .text("correlation_id"))
                                                        .orElseThrow())));
            }
        } catch (OperatorException e) {
            // The node was killed under this call: it was not answered.
            stop.set(true);
        }
    }

    private static void assertRefused(Site site, String key, long seed) {
        assertThat(
                        site.client(key)
                                .dispatch(
                                        "OAS",
                                        Optional.empty(),
                                        "resolve",
                                        JsonObject.builder().put("did", site.agentDid()).build(),
                                        Optional.empty())
                                .status())
                .as("a revoked key after a kill, seed %d", seed)
                .isEqualTo(401);
    }

    /** The index follows the journal; what was answered is durable long before it stands there. */
    private static void awaitIndex(DispatchClient client, Queue<Answered> answered)
            throws InterruptedException {
        long last = answered.stream().mapToLong(Answered::index).max().orElseThrow();
        JsonObject query = JsonObject.builder().put("index_from", Long.toString(last)).build();
        for (int tries = 0; tries < 600; tries++) {
            DispatchClient.Answer answer =
                    client.dispatch(
                            "MAX", Optional.empty(), "audit_query", query, Optional.empty());
            if (answer.ok()
                    && !answer.body()
                            .object("data")
                            .flatMap(data -> data.array("records"))
                            .orElseThrow()
                            .values()
                            .isEmpty()) {
                return;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("record " + last + " never reached the index");
    }

    private static void checkChain(Site site, Queue<Answered> answered, long seed)
            throws InterruptedException {
        DispatchClient client = site.client(site.apiKey());
        awaitIndex(client, answered);
        Map<Long, JsonObject> records = new HashMap<>();
        Set<String> correlationIds = new HashSet<>();
        Optional<String> cursor = Optional.empty();
        do {
            JsonObject.Builder query = JsonObject.builder().put("limit", 500);
            cursor.ifPresent(text -> query.put("cursor", text));
            DispatchClient.Answer answer =
                    client.dispatch(
                            "MAX",
                            Optional.empty(),
                            "audit_query",
                            query.build(),
                            Optional.empty());
            assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
            JsonObject data = answer.body().object("data").orElseThrow();
            for (JsonValue value : data.array("records").orElseThrow().values()) {
                JsonObject row = (JsonObject) value;
                long index = Long.parseLong(row.text("index").orElseThrow());
                assertThat(records.put(index, row))
                        .as("index %d twice, seed %d", index, seed)
                        .isNull();
                row.object("record")
                        .flatMap(record -> record.text("correlation_id"))
                        .ifPresent(id ->
                                assertThat(correlationIds.add(id))
                                        .as("two records of call %s, seed %d", id, seed)
                                        .isTrue());
            }
            cursor = data.text("next_cursor");
        } while (cursor.isPresent());
        for (Answered each : answered) {
            JsonObject row = records.get(each.index());
            assertThat(row).as("answered record %d, seed %d", each.index(), seed).isNotNull();
            assertThat(row.text("record_hash")).contains(each.hash());
            assertThat(row.object("record").orElseThrow().text("correlation_id"))
                    .contains(each.correlationId());
        }
        for (long index = 0; index < records.size(); index++) {
            assertThat(records).as("no gap at %d, seed %d", index, seed).containsKey(index);
        }
    }

    private static void checkExport(Site site) throws IOException, InterruptedException {
        site.run("audit", "export", "--to", site.path("medium"));
        String key = site.run("audit", "status").text("node_key").orElseThrow();
        Path policy = Path.of(site.path("policy.txt"));
        Files.writeString(policy, "log " + key + "\nquorum none\n");
        Process verifier =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                "dev.mapsovereign.verifier.Main",
                                "bundle",
                                site.path("medium/MAP-AUDIT"),
                                "--trust",
                                policy.toString())
                        .redirectErrorStream(true)
                        .start();
        String report =
                new String(verifier.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(verifier.waitFor()).as(report).isZero();
    }
}
