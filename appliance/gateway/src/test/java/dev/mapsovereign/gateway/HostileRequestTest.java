package dev.mapsovereign.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.testing.RawClient;
import dev.mapsovereign.gateway.testing.TestNode;
import dev.mapsovereign.gateway.testing.TestTls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What hostile and clumsy clients send to the dispatch path, over raw sockets, plain and inside
 * TLS: which status and code, in which chain the record stands, whether the connection goes on, and
 * that the next call works.
 */
class HostileRequestTest {
    private static final String ECHO = TestNode.envelope("echo", "{\"n\":\"x\"}");
    private static final TenantId TENANT = TestNode.TENANT;
    private static final TenantId NODE = TenantId.NODE;

    @TempDir private static Path folder;
    private static TestTls tls;
    private static TestNode plainNode;
    private static TestNode tlsNode;

    @BeforeAll
    static void start() throws Exception {
        tls = TestTls.create(Files.createDirectory(folder.resolve("keys")));
        plainNode = new TestNode(folder.resolve("plain"), Optional.empty(), impatient());
        tlsNode = new TestNode(folder.resolve("tls"), Optional.of(tls), impatient());
    }

    @AfterAll
    static void stop() {
        plainNode.close();
        tlsNode.close();
    }

    /** Limits that a test can wait for. */
    static EdgeLimits impatient() {
        EdgeLimits usual = EdgeLimits.defaults();
        return new EdgeLimits(
                200,
                200,
                Duration.ofSeconds(10),
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                Duration.ofSeconds(60),
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                usual.fieldsMax(),
                usual.headBytesMax(),
                usual.streamsMax(),
                usual.bodyBytesTogetherMax());
    }

    /**
     * One row.
     *
     * @param bytes what is sent, made with the node's API key
     * @param chain where the record stands; empty for none
     * @param open whether the connection goes on
     */
    record Row(
            String name,
            Function<TestNode, byte[]> bytes,
            int status,
            String code,
            Optional<TenantId> chain,
            boolean open) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Row row(
            String name,
            Function<TestNode, String> text,
            int status,
            String code,
            TenantId chain,
            boolean open) {
        return new Row(
                name,
                node -> text.apply(node).getBytes(StandardCharsets.ISO_8859_1),
                status,
                code,
                Optional.of(chain),
                open);
    }

    /** A row whose body is wrong and whose head is good. */
    private static Row body(String name, String body) {
        return row(name, node -> node.call(body), 400, "malformed_request", TENANT, true);
    }

    /** A row with one more header line, or several. */
    private static Row lines(
            String name, String lines, int status, String code, TenantId chain, boolean open) {
        return row(
                name,
                node ->
                        TestNode.request(
                                "Authorization: Bearer " + node.apiKey() + "\r\n" + lines, ECHO),
                status,
                code,
                chain,
                open);
    }

    static Stream<Row> bodies() {
        String deep = "[".repeat(70) + "]".repeat(70);
        return Stream.of(
                body("no body", ""),
                body("broken JSON", "{\"protocol\":\"TEST\""),
                body("two JSON values", ECHO + ECHO),
                body("JSON with a comment", "/* x */" + ECHO),
                body("trailing comma", "{\"protocol\":\"TEST\",}"),
                body("array", "[1,2]"),
                body("text", "\"x\""),
                body("null", "null"),
                body("byte order mark", "\u00ef\u00bb\u00bf" + ECHO),
                body("bad UTF-8", ECHO.replace("x", "\u00ff\u00fe")),
                body("overlong UTF-8", ECHO.replace("x", "\u00c0\u00af")),
                body("lone surrogate", ECHO.replace("x", "\\ud800")),
                body("control character", ECHO.replace("x", "\u0001")),
                body("NUL", ECHO.replace("x", "\u0000")),
                body("number too large", TestNode.envelope("echo", "{\"n\":1e999}")),
                body("NaN", TestNode.envelope("echo", "{\"n\":NaN}")),
                body("leading zero", TestNode.envelope("echo", "{\"n\":01}")),
                body("duplicate member", "{\"protocol\":\"TEST\"," + ECHO.substring(1)),
                body("duplicate in input", TestNode.envelope("echo", "{\"n\":\"a\",\"n\":\"b\"}")),
                body("duplicate by escape", TestNode.envelope("echo", "{\"n\":1,\"\\u006e\":2}")),
                body("deep nesting", TestNode.envelope("echo", "{\"n\":" + deep + "}")),
                body("very deep nesting", "[".repeat(100_000)),
                body("no protocol", "{\"operation\":\"echo\",\"input\":{}}"),
                body("no operation", "{\"protocol\":\"TEST\",\"input\":{}}"),
                body("no input", "{\"protocol\":\"TEST\",\"operation\":\"echo\"}"),
                body("protocol a number", ECHO.replace("\"TEST\"", "7")),
                body("protocol null", ECHO.replace("\"TEST\"", "null")),
                body("protocol empty", ECHO.replace("TEST", "")),
                body("protocol long", ECHO.replace("TEST", "T".repeat(200))),
                body("operation an object", ECHO.replace("\"echo\"", "{}")),
                body("version a number", ECHO.replace("\"input\"", "\"version\":1,\"input\"")),
                body("version null", ECHO.replace("\"input\"", "\"version\":null,\"input\"")),
                body("tenant a list", ECHO.replace("\"input\"", "\"tenant_id\":[],\"input\"")),
                body("input a text", TestNode.envelope("echo", "\"x\"")),
                body("input a list", TestNode.envelope("echo", "[]")),
                body("input null", TestNode.envelope("echo", "null")),
                body("unknown member", ECHO.replace("\"input\"", "\"tenantid\":\"a\",\"input\"")));
    }

    static Stream<Row> judgements() {
        return Stream.of(
                row(
                        "unknown protocol",
                        node -> node.call(ECHO.replace("TEST", "NOPE")),
                        404,
                        "unknown_protocol",
                        TENANT,
                        true),
                row(
                        "unknown version",
                        node ->
                                node.call(
                                        ECHO.replace("\"input\"", "\"version\":\"v9\",\"input\"")),
                        404,
                        "unknown_version",
                        TENANT,
                        true),
                row(
                        "unknown operation",
                        node -> node.call(ECHO.replace("echo", "nope")),
                        404,
                        "unknown_operation",
                        TENANT,
                        true),
                row(
                        "payload against the schema",
                        node -> node.call(TestNode.envelope("echo", "{\"n\":1}")),
                        422,
                        "invalid_payload",
                        TENANT,
                        true),
                row(
                        "capability not granted",
                        node -> node.call(TestNode.envelope("secret", "{}")),
                        403,
                        "capability_denied",
                        TENANT,
                        true),
                row(
                        "module refuses",
                        node -> node.call(TestNode.envelope("fail", "{\"politely\":true}")),
                        422,
                        "policy_denied",
                        TENANT,
                        true),
                row(
                        "module breaks",
                        node -> node.call(TestNode.envelope("fail", "{}")),
                        500,
                        "internal",
                        TENANT,
                        true),
                lines(
                        "another tenant in the header",
                        "X-Tenant-Id: other\r\n",
                        403,
                        "tenant_mismatch",
                        TENANT,
                        true),
                row(
                        "another tenant in the body",
                        node ->
                                node.call(
                                        ECHO.replace(
                                                "\"input\"", "\"tenant_id\":\"other\",\"input\"")),
                        403,
                        "tenant_mismatch",
                        TENANT,
                        true));
    }

    /** Credentials that are none, at an operation that needs none. */
    static Stream<Row> credentials() {
        String parameters = "created=\"1\", nonce=\"A\", signature=\"A\"";
        return Stream.of(
                credential("scheme that is unknown", "Basic eDp5"),
                credential("bearer with a blank", "Bearer a b"),
                credential("bearer too long", "Bearer " + "A".repeat(600)),
                credential("treaty without signature", "Treaty t1 1.nonce"),
                credential("DidAuth without session", "DidAuth " + parameters),
                credential("DidAuth without quotes", "DidAuth session=a, " + parameters),
                credential("DidAuth and a comma", "DidAuth session=\"a\", " + parameters + ","),
                credential(
                        "DidAuth with two sessions",
                        "DidAuth session=\"a\", session=\"b\", " + parameters),
                credential("DidAuth with another name", "DidAuth user=\"a\", " + parameters));
    }

    private static Row credential(String name, String value) {
        return row(
                name,
                node ->
                        TestNode.request(
                                "Authorization: " + value + "\r\n",
                                TestNode.envelope("open", "{}")),
                401,
                "unauthenticated",
                NODE,
                true);
    }

    /** What is read with GET. */
    static Stream<Row> readings() {
        return Stream.of(
                trace("trace with a body", "GET", "", "Content-Length: 2\r\n\r\n{}"),
                trace("trace with a key", "GET", "", "Idempotency-Key: k\r\n\r\n"),
                trace("trace of two limits", "GET", "?limit=5&limit=5", "\r\n"),
                row(
                        "POST at the trace",
                        node -> "POST /admin/trace HTTP/1.1\r\nHost: h\r\n\r\n",
                        405,
                        "method_not_allowed",
                        NODE,
                        true),
                new Row(
                        "POST at the health",
                        node ->
                                "POST /health HTTP/1.1\r\nHost: h\r\n\r\n"
                                        .getBytes(StandardCharsets.ISO_8859_1),
                        405,
                        "method_not_allowed",
                        Optional.empty(),
                        true));
    }

    private static Row trace(String name, String method, String query, String rest) {
        return row(
                name,
                node ->
                        method
                                + " /admin/trace"
                                + query
                                + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
                                + node.apiKey()
                                + "\r\n"
                                + rest,
                400,
                "malformed_request",
                TENANT,
                true);
    }

    static Stream<Row> strangers() {
        return Stream.of(
                row(
                        "no credential",
                        node -> TestNode.request("", ECHO),
                        401,
                        "unauthenticated",
                        NODE,
                        true),
                row(
                        "unknown scheme",
                        node -> TestNode.request("Authorization: Basic eDp5\r\n", ECHO),
                        401,
                        "unauthenticated",
                        NODE,
                        true),
                row(
                        "empty credential",
                        node -> TestNode.request("Authorization: Bearer \r\n", ECHO),
                        401,
                        "unauthenticated",
                        NODE,
                        true),
                row(
                        "key that never was",
                        node ->
                                TestNode.request(
                                        "Authorization: Bearer map_live_abcdef_"
                                                + "A".repeat(43)
                                                + "\r\n",
                                        ECHO),
                        401,
                        "unauthenticated",
                        NODE,
                        true),
                row(
                        "key with another secret",
                        node ->
                                TestNode.request(
                                        "Authorization: Bearer "
                                                + node.apiKey().substring(0, 30)
                                                + "A".repeat(30)
                                                + "\r\n",
                                        ECHO),
                        401,
                        "unauthenticated",
                        NODE,
                        true),
                row(
                        "DidAuth without a session",
                        node ->
                                TestNode.request(
                                        "Authorization: DidAuth session=\"abc\", created=\"1\","
                                                + " nonce=\"AAAAAAAAAAAAAAAAAAAAAA\","
                                                + " signature=\"AAAA\"\r\n",
                                        ECHO),
                        401,
                        "unauthenticated",
                        NODE,
                        true),
                row(
                        "DidAuth that is none",
                        node -> TestNode.request("Authorization: DidAuth session=abc\r\n", ECHO),
                        401,
                        "unauthenticated",
                        NODE,
                        true),
                row(
                        "cookie instead of a credential",
                        node -> TestNode.request("Cookie: __Host-map_session=x\r\n", ECHO),
                        401,
                        "unauthenticated",
                        NODE,
                        true),
                row(
                        "broken JSON without credential",
                        node -> TestNode.request("", "{"),
                        400,
                        "malformed_request",
                        NODE,
                        true),
                row(
                        "chunk without size without credential",
                        node ->
                                "POST /v1/dispatch HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                        400,
                        "malformed_request",
                        NODE,
                        false),
                row(
                        "large body without credential",
                        node -> TestNode.request("", "x".repeat(100_000)),
                        401,
                        "unauthenticated",
                        NODE,
                        false),
                row(
                        "6 MiB without credential",
                        node -> TestNode.request("", "x".repeat(6 << 20)),
                        413,
                        "message_too_large",
                        NODE,
                        false));
    }

    static Stream<Row> heads() {
        String ok = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        return Stream.of(
                lines(
                        "two credentials",
                        "Authorization: Bearer x\r\n",
                        400,
                        "malformed_request",
                        NODE,
                        true),
                lines(
                        "two tenants",
                        "X-Tenant-Id: a\r\nX-Tenant-Id: a\r\n",
                        400,
                        "malformed_request",
                        TENANT,
                        true),
                lines(
                        "tenant with blank",
                        "X-Tenant-Id: a b\r\n",
                        400,
                        "malformed_request",
                        TENANT,
                        true),
                lines(
                        "tenant not ASCII",
                        "X-Tenant-Id: \u00e9\r\n",
                        400,
                        "malformed_request",
                        TENANT,
                        true),
                lines("key empty", "Idempotency-Key: \r\n", 400, "malformed_request", TENANT, true),
                lines(
                        "key long",
                        "Idempotency-Key: " + "k".repeat(300) + "\r\n",
                        400,
                        "malformed_request",
                        TENANT,
                        true),
                lines(
                        "two media types",
                        "Content-Type: text/plain\r\n",
                        400,
                        "malformed_request",
                        TENANT,
                        true),
                lines("deadline 0", "X-Deadline-Ms: 0\r\n", 400, "malformed_request", TENANT, true),
                lines(
                        "two deadlines",
                        "X-Deadline-Ms: 5000\r\nX-Deadline-Ms: 5000\r\n",
                        400,
                        "malformed_request",
                        TENANT,
                        true),
                lines(
                        "compressed",
                        "Content-Encoding: gzip\r\n",
                        415,
                        "unsupported_media_type",
                        TENANT,
                        true),
                lines(
                        "two lengths",
                        "Content-Length: 5\r\n",
                        400,
                        "malformed_request",
                        NODE,
                        false),
                lines(
                        "length and chunks",
                        "Transfer-Encoding: chunked\r\n",
                        400,
                        "malformed_request",
                        NODE,
                        false),
                lines("101 fields", "X: y\r\n".repeat(100), 431, "headers_too_large", NODE, false),
                lines(
                        "40 KB field",
                        "X: " + "y".repeat(40_000) + "\r\n",
                        431,
                        "headers_too_large",
                        NODE,
                        false),
                lines("folded field", "X: y\r\n z\r\n", 400, "malformed_request", NODE, false),
                lines("bare LF", "X: y\n", 400, "malformed_request", NODE, false),
                row(
                        "text/plain",
                        node ->
                                auth(
                                        node,
                                        "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"),
                        415,
                        "unsupported_media_type",
                        TENANT,
                        true),
                row(
                        "no media type",
                        node -> auth(node, "Content-Length: 2\r\n\r\n{}"),
                        415,
                        "unsupported_media_type",
                        TENANT,
                        true),
                row(
                        "latin-1",
                        node ->
                                auth(
                                        node,
                                        "Content-Type: application/json; charset=latin1\r\nContent-Length: 2\r\n\r\n{}"),
                        415,
                        "unsupported_media_type",
                        TENANT,
                        true),
                row(
                        "6 MiB",
                        node ->
                                auth(
                                        node,
                                        "Content-Type: application/json\r\nContent-Length: 6291456\r\n\r\n"
                                                + "x".repeat(6 << 20)),
                        413,
                        "message_too_large",
                        TENANT,
                        false),
                row(
                        "6 MiB in chunks",
                        node ->
                                auth(
                                        node,
                                        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                                                + ("100000\r\n" + "x".repeat(1 << 20) + "\r\n")
                                                        .repeat(6)
                                                + "0\r\n\r\n"),
                        413,
                        "message_too_large",
                        TENANT,
                        false),
                row(
                        "body that stops",
                        node ->
                                auth(
                                        node,
                                        "Content-Type: application/json\r\nContent-Length: 200\r\n\r\n{\"a"),
                        408,
                        "request_timeout",
                        TENANT,
                        false),
                row(
                        "chunk without size",
                        node ->
                                auth(
                                        node,
                                        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
                        400,
                        "malformed_request",
                        TENANT,
                        false),
                row(
                        "head that stops",
                        node -> "POST /v1/dispatch HTTP/1.1\r\nHost: h\r\nX-",
                        408,
                        "request_timeout",
                        NODE,
                        false),
                row(
                        "no Host",
                        node -> "POST /v1/dispatch HTTP/1.1\r\n" + ok,
                        400,
                        "malformed_request",
                        NODE,
                        false),
                row(
                        "no version",
                        node -> "POST /v1/dispatch\r\n" + ok,
                        400,
                        "malformed_request",
                        NODE,
                        false),
                row(
                        "HTTP/3.0",
                        node -> "POST /v1/dispatch HTTP/3.0\r\n" + ok,
                        400,
                        "malformed_request",
                        NODE,
                        false),
                row(
                        "binary",
                        node -> "\u0080\u0081\u0082\u0000\r\n\r\n",
                        400,
                        "malformed_request",
                        NODE,
                        false),
                row(
                        "GET",
                        node -> "GET /v1/dispatch HTTP/1.1\r\nHost: h\r\n\r\n",
                        405,
                        "method_not_allowed",
                        NODE,
                        true),
                row(
                        "unknown method",
                        node -> "FROBNICATE /v1/dispatch HTTP/1.1\r\nHost: h\r\n\r\n",
                        405,
                        "method_not_allowed",
                        NODE,
                        true));
    }

    private static String auth(TestNode node, String rest) {
        return "POST /v1/dispatch HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
                + node.apiKey()
                + "\r\n"
                + rest;
    }

    @ParameterizedTest(name = "plain: {0}")
    @MethodSource("rows")
    void plain_hostile_isAnsweredRecordedAndForgotten(Row row) throws Exception {
        try (RawClient client = RawClient.plain(plainNode.port());
                RawClient next = RawClient.plain(plainNode.port())) {
            check(row, plainNode, client, next);
        }
    }

    @ParameterizedTest(name = "TLS: {0}")
    @MethodSource("rows")
    void tls_hostile_isAnsweredRecordedAndForgotten(Row row) throws Exception {
        try (RawClient client = RawClient.tls(tlsNode.port(), tls.client());
                RawClient next = RawClient.tls(tlsNode.port(), tls.client())) {
            check(row, tlsNode, client, next);
        }
    }

    /** Every row. */
    static Stream<Row> rows() {
        return Stream.of(bodies(), judgements(), credentials(), readings(), strangers(), heads())
                .flatMap(Function.identity());
    }

    /** Sends one row at a node's gateway, and then what is good, on the same and on another. */
    static void check(Row row, TestNode node, RawClient client, RawClient next) throws Exception {
        long inTenant = node.records(TENANT);
        long inNode = node.records(NODE);
        RawClient.Reply reply = client.send(row.bytes().apply(node)).reply();
        assertThat(reply.status()).as(reply.text()).isEqualTo(row.status());
        JsonObject problem = parse(reply);
        assertProblem(row, reply, problem);
        List<JsonObject> tenantRecords = node.recordsFrom(TENANT, inTenant);
        List<JsonObject> nodeRecords = node.recordsFrom(NODE, inNode);
        boolean tenants = row.chain().equals(Optional.of(TENANT));
        assertThat(tenantRecords).hasSize(tenants ? 1 : 0);
        assertThat(nodeRecords).hasSize(row.chain().equals(Optional.of(NODE)) ? 1 : 0);
        if (row.chain().isPresent()) {
            JsonObject record = tenants ? tenantRecords.getFirst() : nodeRecords.getFirst();
            assertThat(record.text("code")).contains(row.code());
            assertThat(record.text("correlation_id")).isEqualTo(problem.text("correlation_id"));
        }
        assertThat(problem.object("metadata").orElseThrow().has("record_index")).isEqualTo(tenants);
        if (row.open()) {
            assertThat(reply.closing()).isFalse();
            assertThat(client.send(node.call(ECHO)).reply().status()).isEqualTo(200);
        } else {
            assertThat(reply.closing()).isTrue();
            assertThat(client.ended()).isTrue();
        }
        assertThat(next.send(node.call(ECHO)).reply().status()).isEqualTo(200);
    }

    @Test
    void plain_leavesWithinTheBody_isRecordedWithoutOne() throws Exception {
        checkLeaving(plainNode, plainNode.port());
    }

    /** Breaks a connection within a body: nobody is there to be answered, and it is recorded. */
    static void checkLeaving(TestNode node, int port) throws Exception {
        long before = node.records(TENANT);
        try (RawClient client = RawClient.plain(port)) {
            client.send(
                    auth(
                            node,
                            "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 200\r\n\r\n"));
            assertThat(client.reply().status()).isEqualTo(100);
            client.reset();
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (node.records(TENANT) == before && System.nanoTime() - deadline < 0) {
            Thread.sleep(5);
        }
        JsonObject record = node.recordsFrom(TENANT, before).getFirst();
        assertThat(record.text("code")).contains("malformed_request");
        assertThat(record.has("input_hmac")).as(record.toString()).isFalse();
    }

    private static void assertProblem(Row row, RawClient.Reply reply, JsonObject problem) {
        assertThat(reply.headers())
                .containsEntry("content-type", "application/problem+json")
                .containsEntry("cache-control", "no-store");
        assertThat(problem.text("type")).contains("urn:map:error:" + row.code());
        assertThat(problem.text("code")).contains(row.code());
        assertThat(problem.integer("status")).hasValue(row.status());
        assertThat(problem.text("title")).isPresent();
        assertThat(problem.text("message")).isPresent();
        assertThat(problem.object("details")).isPresent();
        assertThat(reply.text()).doesNotContain("hunter2", "Exception", "\tat ", ".java");
        assertThat(reply.headers().containsKey("www-authenticate")).isEqualTo(row.status() == 401);
        assertThat(reply.headers().containsKey("allow")).isEqualTo(row.status() == 405);
    }

    private static JsonObject parse(RawClient.Reply reply) {
        return JsonReader.parseObject(reply.body(), JsonReader.Limits.DEFAULT);
    }
}
