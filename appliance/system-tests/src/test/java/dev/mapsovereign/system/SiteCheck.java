package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What must hold after every fault: each answered call is in the log once, the database agrees with
 * the log, every accepted message is there, and what is exported verifies by {@code map-verify}.
 */
final class SiteCheck {
    private static final long SECONDS_MAX = 120;

    private final Site site;
    private final Load load;
    private final String what;

    private SiteCheck(Site site, Load load, String what) {
        this.site = site;
        this.load = load;
        this.what = what;
    }

    /**
     * Checks everything; the node is running.
     *
     * @param what happened before, with its seed, for messages
     */
    static void check(Site site, Load load, String what) throws IOException, InterruptedException {
        SiteCheck check = new SiteCheck(site, load, what);
        check.answers(check.records());
        check.messages();
        check.export();
    }

    /**
     * All records of the tenant by index, as the database has them; each was compared with the log.
     */
    private Map<Long, JsonObject> records() throws InterruptedException {
        DispatchClient client = site.client(site.apiKey());
        awaitIndex(client);
        Map<Long, JsonObject> records = new HashMap<>();
        Optional<String> cursor = Optional.empty();
        do {
            JsonObject.Builder query = JsonObject.builder().put("limit", 500);
            cursor.ifPresent(text -> query.put("cursor", text));
            DispatchClient.Answer answer = SiteCalls.query(client, query.build());
            assertThat(answer.status()).as("%s: %s", what, answer.body()).isEqualTo(200);
            JsonObject data = answer.body().object("data").orElseThrow();
            for (JsonValue value : data.array("records").orElseThrow().values()) {
                JsonObject row = (JsonObject) value;
                long index = Long.parseLong(row.text("index").orElseThrow());
                assertThat(records.put(index, row)).as("%s: index %d", what, index).isNull();
            }
            cursor = data.text("next_cursor");
        } while (cursor.isPresent());
        for (long index = 0; index < records.size(); index++) {
            assertThat(records).as("%s: a gap", what).containsKey(index);
        }
        return records;
    }

    /** The index follows the journal; what was answered is durable long before it stands there. */
    private void awaitIndex(DispatchClient client) throws InterruptedException {
        long last = load.answered().stream().mapToLong(Load.Answered::index).max().orElse(0);
        JsonObject query = JsonObject.builder().put("index_from", Long.toString(last)).build();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        while (true) {
            DispatchClient.Answer answer = SiteCalls.query(client, query);
            boolean there =
                    answer.body()
                            .object("data")
                            .flatMap(data -> data.array("records"))
                            .filter(records -> !records.values().isEmpty())
                            .isPresent();
            if (there) {
                return;
            }
            if (System.nanoTime() > until) {
                throw new AssertionError(
                        "%s: record %d never reached the index: %s%n%s"
                                .formatted(what, last, answer.body(), site.logTail()));
            }
            Thread.sleep(50);
        }
    }

    private void answers(Map<Long, JsonObject> records) {
        Set<String> ids = new HashSet<>();
        for (JsonObject row : records.values()) {
            row.object("record")
                    .flatMap(record -> record.text("correlation_id"))
                    .ifPresent(id ->
                            assertThat(ids.add(id)).as("%s: two records of %s", what, id).isTrue());
        }
        for (Load.Answered each : load.answered()) {
            JsonObject row = records.get(each.index());
            assertThat(row).as("%s: answered record %d", what, each.index()).isNotNull();
            assertThat(row.text("record_hash")).as("%s: %s", what, each).contains(each.hash());
            assertThat(row.object("record").orElseThrow().text("correlation_id"))
                    .as("%s: %s", what, each)
                    .contains(each.correlationId());
        }
    }

    /** Takes every message out of the mailbox; the accepted ones must have been among them. */
    private void messages() {
        DispatchClient client = site.client(site.apiKey());
        List<String> taken = new ArrayList<>();
        List<String> some = List.of();
        do {
            DispatchClient.Answer answer = SiteCalls.receive(client, site.agentDid(), some);
            assertThat(answer.status())
                    .as("%s: %s; the node's log: %s", what, answer.body(), site.logTail())
                    .isEqualTo(200);
            some =
                    answer
                            .body()
                            .object("data")
                            .orElseThrow()
                            .array("messages")
                            .orElseThrow()
                            .values()
                            .stream()
                            .map(value -> ((JsonObject) value).text("message_id").orElseThrow())
                            .toList();
            taken.addAll(some);
        } while (!some.isEmpty());
        assertThat(taken).as("%s: messages", what).doesNotHaveDuplicates();
        assertThat(taken).as("%s: accepted messages", what).containsAll(load.messages());
        load.messages().clear();
    }

    private void export() throws IOException, InterruptedException {
        Path medium = Files.createTempDirectory(Path.of(site.path("")), "medium-");
        site.run("audit", "export", "--to", medium.toString());
        verify(medium, site.run("audit", "status").text("node_key").orElseThrow(), site, what);
    }

    /** Runs {@code map-verify} as an auditor does, who trusts the node's key alone. */
    static void verify(Path medium, String key, Site site, String what)
            throws IOException, InterruptedException {
        Path policy = medium.resolve("policy.txt");
        Files.writeString(policy, "log " + key + "\nquorum none\n");
        Process verifier =
                site.java(
                                "dev.mapsovereign.verifier.Main",
                                "bundle",
                                medium.resolve("MAP-AUDIT").toString(),
                                "--trust",
                                policy.toString())
                        .redirectErrorStream(true)
                        .start();
        String report =
                new String(verifier.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(verifier.waitFor()).as("%s: %s", what, report).isZero();
    }
}
