package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.node.client.DispatchClient;
import dev.mapsovereign.testing.TestDatabase;
import dev.mapsovereign.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes, each with a log of its own, that project into one PostgreSQL. */
@Tag("slow")
class TwoNodesTest {
    private static final int ROUNDS = 5;

    @TempDir private Path folder;

    @Test
    void twoNodes_oneDatabase_aTenantsRecordsAreOneTimeline() throws Exception {
        try (TestPostgres postgres = TestPostgres.start()) {
            TestDatabase database = postgres.freshDatabase();
            String egress =
                    """
                    [sovereign]
                    allowed_egress = ["127.0.0.1:%d"]
                    """
                            .formatted(database.port());
            try (Site first = new Site(folder.resolve("first"), database.url(), egress);
                    Site second =
                            new Site(folder.resolve("second"), first, database.url(), egress)) {
                first.start();
                second.start();
                List<String> called = new ArrayList<>();
                for (int round = 0; round < ROUNDS; round++) {
                    called.add(resolve(first));
                    called.add(resolve(second));
                }

                List<JsonObject> seen = timeline(first, called.size());
                assertThat(seen)
                        .extracting(record -> member(record, "correlation_id"))
                        .as("in the order in which they were made: one machine, one clock")
                        .isEqualTo(called);
                assertThat(seen)
                        .extracting(TwoNodesTest::standing)
                        .isEqualTo(alternating("verified", "linked"));
                assertThat(timeline(second, called.size()))
                        .extracting(TwoNodesTest::standing)
                        .isEqualTo(alternating("linked", "verified"));

                changeByHand(database, seen.get(1));
                assertThat(timeline(first, called.size()))
                        .extracting(TwoNodesTest::standing)
                        .containsExactly(
                                "verified",
                                "broken",
                                "verified",
                                "broken",
                                "verified",
                                "linked",
                                "verified",
                                "linked",
                                "verified",
                                "linked");
                assertThat(second.end("audit", "verify", "--database").status()).isEqualTo(4);
                assertThat(first.end("audit", "verify", "--database").status()).isZero();
                assertThat(first.stop()).isZero();
                assertThat(second.stop()).isZero();
            }
        }
    }

    /** The id of the call that was made. */
    private static String resolve(Site site) {
        DispatchClient.Answer answer =
                SiteCalls.resolve(site.client(site.apiKey()), site.agentDid());
        assertThat(answer.status()).as(site.logTail()).isEqualTo(200);
        return answer.body().object("metadata").orElseThrow().text("correlation_id").orElseThrow();
    }

    /** What a node tells of the calls of all nodes, once it knows of so many. */
    private static List<JsonObject> timeline(Site site, int count) throws InterruptedException {
        JsonObject question =
                JsonObject.builder()
                        .put("nodes", "all")
                        .put("protocol", "OAS")
                        .put("limit", 100)
                        .build();
        List<JsonObject> records = List.of();
        for (int look = 0; look < 200 && records.size() < count; look++) {
            Thread.sleep(50);
            DispatchClient.Answer answer = SiteCalls.query(site.client(site.apiKey()), question);
            assertThat(answer.status()).as(site.logTail()).isEqualTo(200);
            records =
                    answer
                            .body()
                            .object("data")
                            .orElseThrow()
                            .array("records")
                            .orElseThrow()
                            .values()
                            .stream()
                            .map(TwoNodesTest::object)
                            .toList();
        }
        return records;
    }

    /** Changes a row as somebody could who owns the table. */
    private static void changeByHand(TestDatabase database, JsonObject record) throws Exception {
        String place =
                " WHERE node = '%s' AND tenant_id = 'acme' AND idx = %s"
                        .formatted(
                                record.text("node").orElseThrow(),
                                record.text("index").orElseThrow());
        try (Connection connection =
                        DriverManager.getConnection(
                                "jdbc:postgresql://%s:%d/%s"
                                        .formatted(
                                                database.host(), database.port(), database.name()),
                                database.user(),
                                database.password());
                Statement statement = connection.createStatement()) {
            assertThat(
                            statement.executeUpdate(
                                    "UPDATE audit_chain SET record_hash = sha256('other')" + place))
                    .isEqualTo(1);
        }
    }

    private static JsonObject object(JsonValue value) {
        return (JsonObject) value;
    }

    private static String standing(JsonObject record) {
        return record.text("standing").orElseThrow();
    }

    private static String member(JsonObject entry, String name) {
        return entry.object("record").orElseThrow().text(name).orElseThrow();
    }

    private static List<String> alternating(String one, String other) {
        return IntStream.range(0, 2 * ROUNDS)
                .mapToObj(at -> at % 2 == 0 ? one : other)
                .collect(Collectors.toList());
    }
}
