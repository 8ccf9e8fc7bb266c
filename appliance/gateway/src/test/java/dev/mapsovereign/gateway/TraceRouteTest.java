package dev.mapsovereign.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.testing.RawClient;
import dev.mapsovereign.gateway.testing.TestNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code GET /admin/trace}: a call like any other, whose input stands in its query. */
final class TraceRouteTest {
    private static final String ID = "0b7c1d2e-3f40-4a51-8b62-0c7d8e9fa0b1";

    @TempDir private Path folder;
    private TestNode node;

    @BeforeEach
    void start() throws Exception {
        node = new TestNode(folder, Optional.empty(), EdgeLimits.defaults());
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private RawClient.Reply send(String method, String target, String lines) throws IOException {
        try (RawClient client = RawClient.plain(node.port())) {
            return client.send(
                            method
                                    + " "
                                    + target
                                    + " HTTP/1.1\r\nHost: localhost\r\n"
                                    + lines
                                    + "\r\n")
                    .reply();
        }
    }

    private String key() {
        return "Authorization: Bearer " + node.apiKey() + "\r\n";
    }

    private static JsonObject parse(RawClient.Reply reply) {
        return JsonReader.parseObject(reply.body(), JsonReader.Limits.DEFAULT);
    }

    private JsonObject lastRecord(TenantId tenant) {
        return node.recordsFrom(tenant, node.records(tenant) - 1).getFirst();
    }

    @Test
    void get_withAKey_isTheOperationAndLeavesItsRecord() throws IOException {
        RawClient.Reply reply = send("GET", "/admin/trace?limit=5&correlation_id=" + ID, key());

        assertThat(reply.status()).isEqualTo(200);
        JsonObject data = parse(reply).object("data").orElseThrow();
        assertThat(data.integer("limit")).hasValue(5);
        assertThat(data.text("correlation_id")).contains(ID);
        JsonObject record = lastRecord(TestNode.TENANT);
        assertThat(record.text("protocol")).contains("ADMIN");
        assertThat(record.text("operation")).contains("observability");
        assertThat(record.text("outcome")).contains("success");
    }

    @Test
    void get_withoutQuery_asksForNothingInParticular() throws IOException {
        assertThat(parse(send("GET", "/admin/trace", key())).object("data").orElseThrow().isEmpty())
                .isTrue();
    }

    @Test
    void get_withoutCredential_isRefusedAndRecordedAsAViolation() throws IOException {
        RawClient.Reply reply = send("GET", "/admin/trace", "");

        assertThat(reply.status()).isEqualTo(401);
        JsonObject record = lastRecord(TenantId.NODE);
        assertThat(record.text("event_type")).contains("SecurityViolation");
        assertThat(record.text("operation")).contains("observability");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?limit=0",
                "?limit=-1",
                "?limit=1e3",
                "?limit=5&limit=5",
                "?limit=",
                "?correlation_id=%30",
                "?tenant_id=other",
                "?",
                "?limit=5&"
            })
    void get_strangeQuery_isMalformedAndRecorded(String query) throws IOException {
        RawClient.Reply reply = send("GET", "/admin/trace" + query, key());

        assertThat(reply.status()).isEqualTo(400);
        assertThat(lastRecord(TestNode.TENANT).text("code")).contains("malformed_request");
    }

    @Test
    void get_withAnIdempotencyKey_isMalformed() throws IOException {
        RawClient.Reply reply = send("GET", "/admin/trace", key() + "Idempotency-Key: k\r\n");

        assertThat(reply.status()).isEqualTo(400);
        assertThat(parse(reply).text("message").orElseThrow()).contains("idempotency-key");
    }

    @Test
    void get_withABody_isMalformed() throws IOException {
        try (RawClient client = RawClient.plain(node.port())) {
            RawClient.Reply reply =
                    client.send(
                                    "GET /admin/trace HTTP/1.1\r\nHost: localhost\r\n"
                                            + key()
                                            + "Content-Length: 2\r\n\r\n{}")
                            .reply();
            assertThat(reply.status()).isEqualTo(400);
        }
    }

    @Test
    void post_isNotAllowedThere() throws IOException {
        RawClient.Reply reply = send("POST", "/admin/trace", key() + "Content-Length: 0\r\n");

        assertThat(reply.status()).isEqualTo(405);
        assertThat(reply.headers()).containsEntry("allow", "GET");
    }

    @Test
    void get_beneathIt_isNothing() throws IOException {
        assertThat(send("GET", "/admin/trace/all", key()).status()).isEqualTo(404);
        assertThat(send("GET", "/admin", key()).status()).isEqualTo(404);
    }
}
