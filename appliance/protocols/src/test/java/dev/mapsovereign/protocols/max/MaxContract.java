package dev.mapsovereign.protocols.max;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.auditlog.prune.Prune;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.KindNote;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.engine.capability.CapabilitySet;
import dev.mapsovereign.engine.module.CredentialKind;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.request.TraceParent;
import dev.mapsovereign.protocols.testing.Caller;
import dev.mapsovereign.protocols.testing.Chain;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What MAX promises, on whichever database. */
abstract class MaxContract {
    private static final NoteSigner REPORT_SIGNER =
            NoteSigners.ed25519("site/_report", new byte[32], Ed25519.jdk());
    private static final OffSite.State OFF_SITE =
            new OffSite.State(
                    2,
                    1,
                    0,
                    Optional.of(
                            new OffSite.Export(7, Instant.parse("2026-01-01T00:00:00Z"), 2, true)));

    @TempDir private Path folder;

    private Chain chain;

    abstract Database database(Path place);

    @BeforeEach
    void openChain() {
        chain = new Chain(folder, database(folder));
    }

    @AfterEach
    void closeChain() {
        chain.close();
    }

    private Caller as(TenantId tenant) {
        return new Caller(
                new MaxModule(
                        chain.log,
                        chain.index,
                        chain.projection,
                        of -> OFF_SITE,
                        REPORT_SIGNER,
                        Clock.systemUTC()),
                tenant,
                Optional.of(AgentDid.parse(Chain.SCOUT)));
    }

    private Caller acme() {
        return as(Chain.ACME);
    }

    private RecordReference query(CorrelationId call) {
        return chain.success(Chain.ACME, "MAX", "audit_query", call, "{'credential':'api_key'}");
    }

    private RecordReference refused(ErrorCode code, String stage) {
        return refused(code, Optional.of(stage), "{}");
    }

    private RecordReference refused(ErrorCode code, Optional<String> stage, String meta) {
        AuditDraft.Builder draft =
                Chain.draft(
                                Chain.ACME,
                                EventType.SECURITY_VIOLATION,
                                AuditOutcome.REFUSED,
                                CorrelationId.random())
                        .protocol("MAX")
                        .version("v1.0.0")
                        .operation("audit_query")
                        .meta(Caller.json(meta))
                        .code(code);
        stage.ifPresent(draft::stage);
        return chain.log.append(draft.build());
    }

    private static List<JsonObject> objects(JsonObject answer, String member) {
        return answer.array(member).orElseThrow().values().stream()
                .map(value -> (JsonObject) value)
                .toList();
    }

    @Test
    void logEntry_statement_isNotedForTheCallsOwnRecordAndWritesNoOther() throws ModuleRefusal {
        long before = chain.log.head(Chain.ACME).size();
        String input = "{'event_type':'demo','meta':{'note':'hello world','n':7}}";

        Caller.Reply reply = acme().reply("audit_log_entry", input);

        JsonObject entry = Caller.json(input);
        assertThat(reply.notes().object("entry")).contains(entry);
        assertThat(reply.data().text("entry_sha256"))
                .contains(Hex.encode(Sha256.hash(CanonicalJson.encode(entry))));
        assertThat(chain.log.head(Chain.ACME).size()).isEqualTo(before);
    }

    @Test
    void logEntry_thatCouldNotStandThereInFull_isRefused() {
        for (String meta :
                List.of(
                        "{'Name':1}",
                        "{'ratio':0.5}",
                        "{'text':'" + "x".repeat(257) + "'}",
                        "{'a':{'b':{'c':{'d':{'e':{'f':{}}}}}}}")) {
            ModuleRefusal refusal =
                    acme().refusal("audit_log_entry", "{'event_type':'demo','meta':" + meta + "}");
            assertThat(refusal.code()).as(meta).isEqualTo(ErrorCode.INVALID_PAYLOAD);
        }
    }

    @Test
    void logEntry_aboveTheBound_isRefused() {
        StringBuilder meta = new StringBuilder("{'first':1");
        for (int n = 0; n < 40; n++) {
            meta.append(",'text_").append(n).append("':'").append("x".repeat(200)).append("'");
        }
        ModuleRefusal refusal =
                acme().refusal("audit_log_entry", "{'event_type':'demo','meta':" + meta + "}}");

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_PAYLOAD);
        assertThat(refusal.reason()).contains("bytes");
    }

    @Test
    void auditQuery_byCorrelationId_answersTheExactBytes() throws ModuleRefusal {
        query(CorrelationId.random());
        CorrelationId call = CorrelationId.random();
        RecordReference written = query(call);

        JsonObject answer = acme().call("audit_query", "{'correlation_id':'" + call + "'}");

        List<JsonObject> records = objects(answer, "records");
        assertThat(records).hasSize(1);
        assertThat(records.getFirst().text("index")).contains(Long.toString(written.index()));
        assertThat(records.getFirst().text("record_hash")).contains(Hex.encode(written.hash()));
        byte[] canonical = CanonicalJson.encode(records.getFirst().object("record").orElseThrow());
        assertThat(canonical).isEqualTo(chain.log.record(Chain.ACME, written.index()));
        byte[] leaf =
                ChainRule.leaf(
                        Hex.decode(records.getFirst().text("previous_hash").orElseThrow()),
                        canonical);
        assertThat(ChainRule.recordHash(leaf)).isEqualTo(written.hash());
    }

    @Test
    void auditQuery_pageByPage_givesEveryRecordOnceInOrder() throws ModuleRefusal {
        for (int n = 0; n < 120; n++) {
            query(CorrelationId.random());
        }
        StringBuilder seen = new StringBuilder();
        Optional<String> cursor = Optional.empty();
        int pages = 0;
        do {
            JsonObject answer =
                    acme().call(
                                    "audit_query",
                                    "{'limit':55,'protocol':'MAX'"
                                            + cursor.map(text -> ",'cursor':'" + text + "'")
                                                    .orElse("")
                                            + "}");
            objects(answer, "records")
                    .forEach(record -> seen.append(record.text("index").orElseThrow()).append(' '));
            cursor = answer.text("next_cursor");
            pages++;
        } while (cursor.isPresent() && pages < 10);

        StringBuilder expected = new StringBuilder();
        for (int n = 0; n < 120; n++) {
            expected.append(n).append(' ');
        }
        assertThat(seen).hasToString(expected.toString());
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void auditQuery_ofAllNodes_isByTimeAndSaysWhoVouches() throws Exception {
        for (int n = 0; n < 3; n++) {
            query(CorrelationId.random());
        }
        while (chain.projection.lag().records() > 0) {
            Thread.sleep(10);
        }
        JsonObject page = acme().call("audit_query", "{'nodes':'all','limit':2,'protocol':'MAX'}");
        JsonObject rest =
                acme().call(
                                "audit_query",
                                "{'nodes':'all','limit':2,'protocol':'MAX','cursor':'"
                                        + page.text("next_cursor").orElseThrow()
                                        + "'}");
        assertThat(rest.text("next_cursor")).isEmpty();
        List<JsonObject> records = new ArrayList<>(objects(page, "records"));
        records.addAll(objects(rest, "records"));
        assertThat(records)
                .hasSize(3)
                .allSatisfy(record -> {
                    assertThat(record.text("node")).contains(chain.log.node());
                    assertThat(record.text("standing")).contains("verified");
                    long index = Long.parseLong(record.text("index").orElseThrow());
                    assertThat(CanonicalJson.encode(record.object("record").orElseThrow()))
                            .isEqualTo(chain.log.record(Chain.ACME, index));
                });
        assertThat(objects(as(Chain.BOLT).call("audit_query", "{'nodes':'all'}"), "records"))
                .isEmpty();
        for (String ofOneChain :
                List.of(
                        "'index_from':'0'",
                        "'index_to':'1'",
                        "'as_of':'1'",
                        "'as_of_checkpoint':'x'")) {
            assertThat(acme().refusal("audit_query", "{'nodes':'all'," + ofOneChain + "}").code())
                    .isEqualTo(ErrorCode.INVALID_PAYLOAD);
        }
        assertThat(acme().refusal("audit_query", "{'nodes':'all','tenant_id':'bolt'}").code())
                .isEqualTo(ErrorCode.CAPABILITY_DENIED);
    }

    @Test
    void auditQuery_cursorOfAnotherQuestion_isRefused() throws ModuleRefusal {
        query(CorrelationId.random());
        query(CorrelationId.random());
        String cursor = acme().call("audit_query", "{'limit':1}").text("next_cursor").orElseThrow();

        ModuleRefusal refusal =
                acme().refusal(
                                "audit_query",
                                "{'limit':1,'protocol':'MAX','cursor':'" + cursor + "'}");
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_PAYLOAD);
    }

    @Test
    void auditQuery_ofAnotherTenant_findsNothing() throws ModuleRefusal {
        CorrelationId call = CorrelationId.random();
        query(call);

        String input = "{'correlation_id':'" + call + "'}";
        assertThat(objects(as(Chain.BOLT).call("audit_query", input), "records")).isEmpty();
        assertThat(as(Chain.BOLT).refusal("explainability_request", input).code())
                .isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(as(Chain.BOLT).refusal("traceability_graph", input).code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    private static InvokeContext context(CapabilitySet capabilities) {
        return InvokeContext.builder(Chain.ACME)
                .caller(AgentDid.parse(Chain.SCOUT), CredentialKind.API_KEY)
                .effectiveCapabilities(capabilities)
                .build();
    }

    private static Capability across(Optional<Instant> expires, Map<String, Long> limits) {
        return new Capability(
                new CapabilityName("map.max.audit_query.all"), expires, limits, List.of());
    }

    private static CapabilitySet held(String name, String source) {
        return new CapabilitySet(
                List.of(new CapabilitySet.Entry(Capability.of(name), Instant.MIN, source)),
                List.of());
    }

    /**
     * No operation reads across by a pattern, by a declaration, or by anything else but its name.
     */
    @Test
    void anyOperation_acrossTenants_needsTheCapabilityByItsOwnName() throws ModuleRefusal {
        CorrelationId call = CorrelationId.random();
        chain.success(Chain.BOLT, "MAX", "audit_query", call, "{}");
        Map<String, String> inputs = new TreeMap<>();
        inputs.put("audit_query", "'correlation_id':'" + call + "'");
        inputs.put("traceability_graph", "'correlation_id':'" + call + "'");
        inputs.put("explainability_request", "'correlation_id':'" + call + "'");
        inputs.put(
                "compliance_report", "'from':'2020-01-01T00:00:00Z','to':'2100-01-01T00:00:00Z'");
        inputs.put("health_check", "'records':5");
        List<CapabilitySet> tooLittle =
                List.of(
                        CapabilitySet.NOTHING,
                        held("map.*.*", "granted"),
                        held("map.max.*", "configured"),
                        held("map.max.audit_query", "granted"),
                        held("map.max.audit_query.all", "declared"),
                        new CapabilitySet(
                                List.of(
                                        new CapabilitySet.Entry(
                                                across(Optional.of(Instant.EPOCH), Map.of()),
                                                Instant.MIN,
                                                "granted")),
                                List.of()),
                        new CapabilitySet(
                                List.of(
                                        new CapabilitySet.Entry(
                                                across(
                                                        Optional.empty(),
                                                        Map.of("max_per_hour", 1L)),
                                                Instant.MIN,
                                                "granted")),
                                List.of()));
        for (Map.Entry<String, String> operation : inputs.entrySet()) {
            for (String tenant : List.of("bolt", "_node", "nobody", "../x")) {
                String input = "{'tenant_id':'" + tenant + "'," + operation.getValue() + "}";
                for (CapabilitySet capabilities : tooLittle) {
                    assertThatThrownBy(() ->
                                    acme().reply(operation.getKey(), input, context(capabilities)))
                            .as(operation.getKey() + " " + tenant)
                            .isInstanceOfSatisfying(
                                    ModuleRefusal.class,
                                    refusal -> {
                                        assertThat(refusal.code())
                                                .isEqualTo(ErrorCode.CAPABILITY_DENIED);
                                        assertThat(refusal.reason()).doesNotContain(tenant);
                                    });
                }
            }
            String input = "{'tenant_id':'bolt'," + operation.getValue() + "}";
            Caller.Reply reply =
                    acme().reply(
                                    operation.getKey(),
                                    input,
                                    context(held("map.max.audit_query.all", "granted")));
            assertThat(reply.notes().text("read_tenant")).contains("bolt");
        }
        assertThat(
                        objects(
                                acme().reply(
                                                "audit_query",
                                                "{'tenant_id':'bolt'}",
                                                context(
                                                        held(
                                                                "map.max.audit_query.all",
                                                                "configured")))
                                        .data(),
                                "records"))
                .hasSize(1);
        assertThat(
                        acme().reply(
                                        "audit_query",
                                        "{'tenant_id':'_node'}",
                                        context(held("map.max.audit_query.all", "granted")))
                                .data()
                                .text("tenant_id"))
                .contains("_node");
        assertThatThrownBy(() ->
                        acme().reply(
                                        "health_check",
                                        "{'tenant_id':'nobody'}",
                                        context(held("map.max.audit_query.all", "granted"))))
                .isInstanceOfSatisfying(
                        ModuleRefusal.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }

    @Test
    void auditQuery_cursorOfAnotherTenantsQuestion_isRefused() throws ModuleRefusal {
        query(CorrelationId.random());
        query(CorrelationId.random());
        chain.success(Chain.BOLT, "MAX", "audit_query", CorrelationId.random(), "{}");
        String cursor = acme().call("audit_query", "{'limit':1}").text("next_cursor").orElseThrow();

        assertThat(
                        as(Chain.BOLT)
                                .refusal("audit_query", "{'limit':1,'cursor':'" + cursor + "'}")
                                .code())
                .isEqualTo(ErrorCode.INVALID_PAYLOAD);
    }

    /** One trace may run through two tenants; each sees its own part of it. */
    @Test
    void traceability_ofATraceThroughTwoTenants_staysInOne() throws ModuleRefusal {
        CorrelationId ours = CorrelationId.random();
        CorrelationId theirs = CorrelationId.random();
        String trace = "{'trace_id':'" + "c3".repeat(16) + "','message_ids':['m-9']}";
        chain.success(Chain.ACME, "MIM", "message_receive", ours, trace);
        chain.success(
                Chain.BOLT,
                "OAS",
                "resolve",
                theirs,
                "{'trace_id':'" + "c3".repeat(16) + "','replay_of_correlation_id':'" + ours + "'}");

        assertThat(ids(acme().call("traceability_graph", "{'correlation_id':'" + ours + "'}")))
                .containsExactlyInAnyOrder(ours.toString(), "message:m-9");
        assertThat(
                        ids(
                                as(Chain.BOLT)
                                        .call(
                                                "traceability_graph",
                                                "{'correlation_id':'" + theirs + "'}")))
                .containsExactly(theirs.toString());
    }

    @Test
    void auditQuery_asOfASizeOrACheckpoint_answersTheChainAsItWas() throws ModuleRefusal {
        for (int n = 0; n < 4; n++) {
            query(CorrelationId.random());
        }
        SignedNote checkpoint = chain.log.publishCheckpoint(Chain.ACME);
        for (int n = 0; n < 3; n++) {
            query(CorrelationId.random());
        }
        String note = new String(checkpoint.bytes(), StandardCharsets.UTF_8).replace("\n", "\\n");
        for (String asOf : List.of("'as_of':'4'", "'as_of_checkpoint':'" + note + "'")) {
            JsonObject answer = acme().call("audit_query", "{" + asOf + "}");
            assertThat(objects(answer, "records")).hasSize(4);
            assertThat(answer.text("as_of")).contains("4");
            assertThat(answer.text("size")).contains("7");
        }
        assertThat(acme().refusal("audit_query", "{'as_of':'8'}").code())
                .isEqualTo(ErrorCode.INVALID_PAYLOAD);
        assertThat(
                        as(Chain.BOLT)
                                .refusal("audit_query", "{'as_of_checkpoint':'" + note + "'}")
                                .reason())
                .contains("another log");
    }

    /** Our own signature over a tree that we never had is evidence, whoever brings it. */
    @Test
    void auditQuery_asOfACheckpointOfASecondHistory_isRefusedAndRecordedOnce() throws Exception {
        query(CorrelationId.random());
        String text = new Checkpoint(chain.log.origin(Chain.ACME), 1, new byte[32]).text();
        NoteSigner stolen = chain.logKey(Chain.ACME);
        NoteSigner other =
                NoteSigners.ed25519(chain.log.origin(Chain.ACME), new byte[32], Ed25519.jdk());
        Caller acme = acme();
        long before = chain.log.head(TenantId.NODE).size();
        for (NoteSigner signer : List.of(other, stolen, stolen)) {
            String note =
                    new String(SignedNote.sign(text, signer).bytes(), StandardCharsets.UTF_8)
                            .replace("\n", "\\n");
            assertThat(acme.refusal("audit_query", "{'as_of_checkpoint':'" + note + "'}").code())
                    .isEqualTo(ErrorCode.INVALID_PAYLOAD);
        }
        assertThat(chain.log.head(TenantId.NODE).size()).isEqualTo(before + 1);
        assertThat(new String(chain.log.record(TenantId.NODE, before), StandardCharsets.UTF_8))
                .contains("SecurityViolation", "\"tenant_id\":\"acme\"");
    }

    @Test
    void auditQuery_timesThatAreNone_areRefused() {
        assertThat(acme().refusal("audit_query", "{'from':'yesterday'}").code())
                .isEqualTo(ErrorCode.INVALID_PAYLOAD);
    }

    @Test
    void traceability_followsTraceMessageAndReplay() throws ModuleRefusal {
        String trace = "'trace_id':'" + "a1".repeat(16) + "'";
        CorrelationId asked = CorrelationId.random();
        CorrelationId sent = CorrelationId.random();
        CorrelationId received = CorrelationId.random();
        CorrelationId replayed = CorrelationId.random();
        chain.success(Chain.ACME, "OAS", "resolve", asked, "{" + trace + "}");
        query(CorrelationId.random());
        chain.success(
                Chain.ACME, "MIM", "message_send", sent, "{" + trace + ",'message_id':'m-1'}");
        chain.success(Chain.ACME, "MIM", "message_receive", received, "{'message_ids':['m-1']}");
        chain.success(
                Chain.ACME,
                "OAS",
                "resolve",
                replayed,
                "{'replay_of_correlation_id':'" + asked + "'}");

        JsonObject graph =
                acme().call("traceability_graph", "{'correlation_id':'" + received + "'}");

        assertThat(ids(graph))
                .containsExactlyInAnyOrder(
                        asked.toString(),
                        sent.toString(),
                        "message:m-1",
                        received.toString(),
                        replayed.toString());
        assertThat(objects(graph, "edges"))
                .containsExactlyInAnyOrder(
                        edge(asked, sent, "same_trace"),
                        edge(sent, "message:m-1", "sent"),
                        edge("message:m-1", received, "received"),
                        edge(asked, replayed, "replay"));
        assertThat(graph.bool("complete")).contains(true);
    }

    private static List<String> ids(JsonObject graph) {
        return objects(graph, "nodes").stream().map(node -> node.text("id").orElseThrow()).toList();
    }

    /** What a plugin or a remote process calls back comes with the span of the call it serves. */
    @Test
    void traceability_followsParentsPluginsAndEndpoints_alsoToTheBeginnerOfTheTrace()
            throws ModuleRefusal {
        CorrelationId first = CorrelationId.random();
        CorrelationId below = CorrelationId.random();
        CorrelationId beside = CorrelationId.random();
        chain.success(Chain.ACME, "ECHO", "say", first, "{'plugin':'echo 1.0.0'}");
        for (int n = 0; n < 8; n++) {
            query(CorrelationId.random());
        }
        TraceParent passedOn = TraceParent.onward(Optional.empty(), first, false);
        String came =
                "'trace_id':'%s','parent_span_id':'%s'"
                        .formatted(passedOn.traceId(), passedOn.parentId());
        chain.success(Chain.ACME, "SHOP", "buy", below, "{" + came + ",'endpoint':'shop-1'}");
        chain.success(
                Chain.ACME,
                "OAS",
                "resolve",
                beside,
                "{" + came + ",'caller_correlation_id':'" + first + "'}");

        JsonObject graph =
                acme().call(
                                "traceability_graph",
                                "{'correlation_id':'" + beside + "','records_around':2}");

        assertThat(graph.text("searched_from")).contains("8");
        assertThat(ids(graph))
                .containsExactlyInAnyOrder(
                        first.toString(),
                        "plugin:echo 1.0.0",
                        below.toString(),
                        "endpoint:shop-1",
                        beside.toString());
        assertThat(objects(graph, "edges"))
                .containsExactlyInAnyOrder(
                        edge(first, "plugin:echo 1.0.0", "ran"),
                        edge(first, below, "parent"),
                        edge(below, "endpoint:shop-1", "forwarded"),
                        edge(first, beside, "parent"),
                        edge(first, beside, "caused"),
                        edge(below, beside, "same_trace"));
        assertThat(graph.bool("complete")).contains(true);
    }

    @Test
    void traceability_ofMoreCallsThanAnAnswerHolds_saysSo() throws ModuleRefusal {
        CorrelationId some = CorrelationId.random();
        String trace = "{'trace_id':'" + "b2".repeat(16) + "'}";
        chain.success(Chain.ACME, "OAS", "resolve", some, trace);
        for (int n = 0; n < 510; n++) {
            chain.success(Chain.ACME, "OAS", "resolve", CorrelationId.random(), trace);
        }
        JsonObject graph = acme().call("traceability_graph", "{'correlation_id':'" + some + "'}");

        assertThat(graph.bool("complete")).contains(false);
        assertThat(objects(graph, "nodes")).hasSize(500);
    }

    private static JsonObject edge(Object from, Object to, String relation) {
        return Caller.json(
                "{'from':'" + from + "','to':'" + to + "','relation':'" + relation + "'}");
    }

    @Test
    void explainability_ofARefusal_namesStageRuleAndWhatWasNeeded() throws ModuleRefusal {
        RecordReference written = refused(ErrorCode.CAPABILITY_DENIED, "security_gating");

        JsonObject explained =
                acme().call("explainability_request", "{'index':'" + written.index() + "'}");

        assertThat(explained.text("explanation").orElseThrow())
                .contains(Chain.SCOUT)
                .contains("MAX audit_query v1.0.0")
                .contains("refused in the stage security gating: capability denied");
        assertThat(explained.text("needed").orElseThrow()).contains("map.max.audit_query");
        assertThat(CanonicalJson.encode(explained.object("facts").orElseThrow()))
                .isEqualTo(chain.log.record(Chain.ACME, written.index()));
    }

    /** Each code of the contract, in each stage that says it, as stages 1 to 8 count. */
    @ParameterizedTest
    @CsvSource({
        "malformed_request,,400,request",
        "unauthenticated,context_enrichment 2,401,credential",
        "capability_denied,security_gating 4,403,capability",
        "tenant_mismatch,context_enrichment 2,403,credential",
        "unknown_protocol,version_resolution 1,404,name",
        "unknown_version,version_resolution 1,404,name",
        "unknown_operation,version_resolution 1,404,name",
        "not_found,router_invocation 7,404,name",
        "method_not_allowed,,405,request",
        "request_timeout,,408,request",
        "idempotency_in_progress,security_gating 4,409,wait",
        "message_too_large,,413,request",
        "unsupported_media_type,,415,request",
        "invalid_payload,router_invocation 7,422,input",
        "policy_denied,security_gating 4,422,operator",
        "idempotency_key_reuse,security_gating 4,422,request",
        "rate_limited,rate_limiting 3,429,wait",
        "headers_too_large,,431,request",
        "internal,router_invocation 7,500,operator",
        "adapter_error,router_invocation 7,502,operator",
        "circuit_open,circuit_breaking 5,503,wait",
        "no_endpoint_available,load_balancing 6,503,operator",
        "draining,,503,wait",
        "audit_unavailable,result_handling 8,503,operator",
        "timeout,router_invocation 7,504,inquiry",
        "interrupted,router_invocation 7,,inquiry"
    })
    void explainability_ofEachCode_namesStageRuleAndRemedy(
            String wire, String stage, Integer status, String kind) throws ModuleRefusal {
        ErrorCode code = ErrorCode.ofWire(wire).orElseThrow();
        Optional<String[]> at = Optional.ofNullable(stage).map(text -> text.split(" "));
        RecordReference written = refused(code, at.map(parts -> parts[0]), "{}");

        JsonObject explained =
                acme().call("explainability_request", "{'index':'" + written.index() + "'}");

        assertThat(explained.text("code")).contains(wire);
        assertThat(explained.text("stage")).isEqualTo(at.map(parts -> parts[0]));
        assertThat(explained.integer("stage_number").orElse(0))
                .isEqualTo(at.map(parts -> Long.parseLong(parts[1])).orElse(0L));
        assertThat(explained.text("explanation").orElseThrow())
                .contains(code.title().toLowerCase(Locale.ROOT))
                .contains(at.isPresent() ? "in the stage " : "before the first stage");
        assertThat(explained.integer("status").orElse(0))
                .isEqualTo(Optional.ofNullable(status).orElse(0).longValue());
        assertThat(explained.text("rule").orElseThrow()).isNotBlank();
        assertThat(explained.text("needed").orElseThrow()).isNotBlank();
        assertThat(explained.object("remedy").orElseThrow().text("kind")).contains(kind);
    }

    @Test
    void explainability_codesOfTheContract_areAllThatThereAre() throws Exception {
        List<String> tested =
                List.of(
                        MaxContract.class
                                .getDeclaredMethod(
                                        "explainability_ofEachCode_namesStageRuleAndRemedy",
                                        String.class,
                                        String.class,
                                        Integer.class,
                                        String.class)
                                .getAnnotation(CsvSource.class)
                                .value());
        assertThat(tested.stream().map(row -> row.substring(0, row.indexOf(','))))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(ErrorCode.values()).map(ErrorCode::wire).toList());
    }

    @Test
    void explainability_ofAPolicy_namesIt() throws ModuleRefusal {
        RecordReference written =
                refused(
                        ErrorCode.POLICY_DENIED,
                        Optional.of("security_gating"),
                        "{'rule':{'capability':'map.max.audit_query','policy':'ops.cap',"
                                + "'policy_version':'v1.0.0','policy_level':'site',"
                                + "'policy_outcome':'forbidden'}}");
        JsonObject explained =
                acme().call("explainability_request", "{'index':'" + written.index() + "'}");

        assertThat(explained.text("needed").orElseThrow())
                .startsWith("a call that the policy ops.cap lets pass, or ");
        assertThat(explained.object("remedy").flatMap(remedy -> remedy.text("policy_version")))
                .contains("v1.0.0");
    }

    @Test
    void explainability_ofARuleWithNumbers_givesThemAsData() throws ModuleRefusal {
        RecordReference written =
                refused(
                        ErrorCode.RATE_LIMITED,
                        Optional.of("rate_limiting"),
                        "{'rule':{'limit':10,'per_seconds':60,'retry_after_ms':500}}");
        JsonObject explained =
                acme().call("explainability_request", "{'index':'" + written.index() + "'}");

        assertThat(explained.object("remedy"))
                .contains(
                        Caller.json(
                                "{'kind':'wait','limit':10,'per_seconds':60,'retry_after_ms':500}"));
    }

    @Test
    void explainability_ofASuccess_needsNothing() throws ModuleRefusal {
        CorrelationId call = CorrelationId.random();
        query(call);

        JsonObject explained =
                acme().call("explainability_request", "{'correlation_id':'" + call + "'}");
        assertThat(explained.text("explanation").orElseThrow()).contains("carried out");
        assertThat(explained.has("needed")).isFalse();
    }

    @Test
    void explainability_beyondTheChain_isNotFound() {
        assertThat(acme().refusal("explainability_request", "{'index':'99'}").code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void explainability_byNeitherOrBoth_isRefusedByTheSchema() {
        assertThat(acme().schemaRefuses("explainability_request", "{}")).isTrue();
        assertThat(
                        acme().schemaRefuses(
                                        "explainability_request",
                                        "{'index':'1','correlation_id':'"
                                                + CorrelationId.random()
                                                + "'}"))
                .isTrue();
    }

    @Test
    void complianceReport_countsThePeriod_boundToACheckpointThatCoversIt() throws ModuleRefusal {
        for (int n = 0; n < 300; n++) {
            query(CorrelationId.random());
        }
        refused(ErrorCode.CAPABILITY_DENIED, "security_gating");
        RecordReference last = refused(ErrorCode.RATE_LIMITED, "rate_limiting");

        JsonObject report =
                acme().call(
                                "compliance_report",
                                "{'from':'2020-01-01T00:00:00Z','to':'2100-01-01T00:00:00+02:00'}");

        assertThat(report.integer("records")).hasValue(302);
        assertThat(report.object("by_outcome"))
                .contains(Caller.json("{'success':300,'refused':2}"));
        assertThat(report.object("by_event_type"))
                .contains(Caller.json("{'ProtocolInvocation':300,'SecurityViolation':2}"));
        assertThat(report.object("by_code"))
                .contains(Caller.json("{'capability_denied':1,'rate_limited':1}"));
        assertThat(report.text("last_index")).contains(Long.toString(last.index()));
        assertThat(objects(report, "refusals"))
                .containsExactly(
                        Caller.json("{'stage':'rate_limiting','code':'rate_limited','count':1}"),
                        Caller.json(
                                "{'stage':'security_gating','code':'capability_denied','count':1}"));
        assertThat(report.integer("gaps_total")).hasValue(0);

        SignedNote signed =
                SignedNote.parse(
                        report.text("note").orElseThrow().getBytes(StandardCharsets.UTF_8));
        List<String> lines =
                KindNote.open(signed, "compliance-report", REPORT_SIGNER.key(), Ed25519.jdk());
        assertThat(report.text("note_key")).contains(REPORT_SIGNER.key().vkey());
        assertThat(lines).hasSize(1);
        assertThat(lines.getFirst())
                .isEqualTo(CanonicalJson.text(report.without("note").without("note_key")));

        SignedNote note =
                SignedNote.parse(
                        report.text("checkpoint").orElseThrow().getBytes(StandardCharsets.UTF_8));
        Checkpoint checkpoint = Checkpoint.parse(note.text());
        assertThat(checkpoint.size()).isGreaterThan(last.index());
        assertThat(checkpoint.root()).isEqualTo(chain.log.root(Chain.ACME, checkpoint.size()));
        assertThat(note.verifies(chain.log.keys(Chain.ACME).getFirst(), Ed25519.jdk())).isTrue();
    }

    @Test
    void complianceReport_ofAnEmptyPeriod_countsNothing() throws ModuleRefusal {
        query(CorrelationId.random());

        JsonObject report =
                acme().call(
                                "compliance_report",
                                "{'from':'2020-01-01T00:00:00Z','to':'2020-02-01T00:00:00Z'}");
        assertThat(report.integer("records")).hasValue(0);
        assertThat(report.has("last_index")).isFalse();
    }

    /** The chain is counted, not the table: a row that is gone is counted all the same. */
    @Test
    void complianceReport_rowsRemovedByHand_countsThemAllTheSame() throws ModuleRefusal {
        for (int n = 0; n < 9; n++) {
            query(CorrelationId.random());
        }
        String period = "{'from':'2020-01-01T00:00:00Z','to':'2100-01-01T00:00:00Z'}";
        assertThat(acme().call("compliance_report", period).integer("records")).hasValue(9);
        for (String rows : List.of("idx = 4", "idx < 3", "idx > 6")) {
            remove(rows);
            assertThat(acme().call("compliance_report", period).text("first_index"))
                    .as(rows)
                    .contains("0");
        }
    }

    private void remove(String rows) {
        int removed =
                chain.database.write(connection -> {
                    try (Statement statement = connection.createStatement()) {
                        return statement.executeUpdate(
                                "DELETE FROM audit_chain WHERE tenant_id = 'acme' AND " + rows);
                    }
                });
        assertThat(removed).isPositive();
    }

    @Test
    void complianceReport_nodeStarted_listsTheTimeBefore() throws ModuleRefusal {
        query(CorrelationId.random());
        for (EventType event :
                List.of(EventType.NODE_STARTED, EventType.NODE_STOPPED, EventType.NODE_STARTED)) {
            chain.log.append(
                    AuditDraft.builder(TenantId.NODE, event, AuditOutcome.SUCCESS).build());
        }
        JsonObject report =
                acme().call(
                                "compliance_report",
                                "{'from':'2020-01-01T00:00:00Z','to':'2100-01-01T00:00:00Z'}");

        assertThat(report.integer("gaps_total")).hasValue(2);
        assertThat(objects(report, "gaps").stream().map(gap -> gap.bool("recorded_stop")))
                .containsExactly(Optional.of(false), Optional.of(true));
    }

    @Test
    void complianceReport_ofAnEmptyChain_isNotFound() {
        assertThat(
                        as(Chain.BOLT)
                                .refusal(
                                        "compliance_report",
                                        "{'from':'2020-01-01T00:00:00Z','to':'2100-01-01T00:00:00Z'}")
                                .code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void complianceReport_ofAPeriodThatEndsBeforeItBegins_isRefused() {
        assertThat(
                        acme().refusal(
                                        "compliance_report",
                                        "{'from':'2021-01-01T00:00:00Z','to':'2020-01-01T00:00:00Z'}")
                                .code())
                .isEqualTo(ErrorCode.INVALID_PAYLOAD);
    }

    @Test
    void healthCheck_saysHowFarFollowersAreAndWhatHasNotLeftTheBuilding() throws ModuleRefusal {
        for (int n = 0; n < 5; n++) {
            query(CorrelationId.random());
        }
        chain.log.append(
                AuditDraft.builder(TenantId.NODE, EventType.RECEIPT_IMPORTED, AuditOutcome.SUCCESS)
                        .build());
        JsonObject health = acme().call("health_check", "{}");

        assertThat(objects(health, "followers").stream().map(each -> each.text("name").orElse("")))
                .containsExactly("tree", "checkpoint", "projection");
        assertThat(objects(health, "followers").get(1).integer("records_behind"))
                .as("checkpoints are made once an hour here")
                .hasValue(5);
        assertThat(health.text("exported")).contains("2");
        assertThat(health.text("not_exported")).contains("3");
        assertThat(health.text("witnessed")).contains("1");
        assertThat(health.text("mirrored")).contains("0");
        assertThat(health.text("without_receipt")).contains("4");
        assertThat(health.object("last_export").orElseThrow().text("number")).contains("7");
        assertThat(health.object("last_receipt").orElseThrow().text("node_index"))
                .contains(Long.toString(chain.log.head(TenantId.NODE).size() - 1));
        assertThat(health.object("space").orElseThrow().integer("journal_bytes").orElse(0))
                .isPositive();
    }

    @Test
    void healthCheck_recomputesTheNewestRecords() throws ModuleRefusal {
        for (int n = 0; n < 12; n++) {
            query(CorrelationId.random());
        }
        JsonObject health = acme().call("health_check", "{'records':10}");

        assertThat(health.bool("chain_intact")).contains(true);
        assertThat(health.integer("records_checked")).hasValue(10);
        assertThat(health.text("size")).contains("12");
        assertThat(health.text("head")).contains(Hex.encode(chain.log.head(Chain.ACME).hash()));
    }

    @Test
    void prunedRecords_areSaidToBePruned_andNeverMissed() throws ModuleRefusal {
        for (int n = 0; n < 520; n++) {
            query(CorrelationId.random());
        }
        Prune prune = new Prune(Chain.ACME, new IndexRange(0, 512), List.of(), 1);
        RecordReference told = chain.log.prune(prune, JsonObject.EMPTY);
        chain.log.removePruned(prune);

        JsonObject health = acme().call("health_check", "{'records':100}");
        assertThat(health.array("problems").orElseThrow().values()).isEmpty();
        assertThat(health.integer("records_checked")).hasValue(8);
        assertThat(health.text("pruned")).contains("512");
        assertThat(objects(acme().call("audit_query", "{'limit':100}"), "records")).hasSize(8);
        ModuleRefusal refusal = acme().refusal("explainability_request", "{'index':'3'}");
        assertThat(refusal.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(refusal.reason()).contains("record " + told.index() + " of _node");
        JsonObject report =
                acme().call(
                                "compliance_report",
                                "{'from':'2020-01-01T00:00:00Z','to':'2100-01-01T00:00:00Z'}");
        assertThat(report.integer("records")).hasValue(8);
        assertThat(objects(report, "pruned").getFirst().text("to")).contains("512");
    }

    @Test
    void healthCheck_ofAnEmptyChain_checksNothing() throws ModuleRefusal {
        JsonObject health = as(Chain.BOLT).call("health_check", "{}");

        assertThat(health.integer("records_checked")).hasValue(0);
        assertThat(health.bool("chain_intact")).contains(true);
    }

    @Test
    void healthCheck_recordChangedOnDisk_isNamed() throws Exception {
        for (int n = 0; n < 12; n++) {
            query(CorrelationId.random());
        }
        chain.success(Chain.ACME, "MAX", "health_check", CorrelationId.random(), "{}");
        // Waits for the tree too: what is changed before the tree read it would not be found here.
        assertThat(acme().call("health_check", "{}").bool("chain_intact")).contains(true);
        int changed = Damage.replace(folder.resolve("audit"), "health_check", "health_checK");

        JsonObject health = acme().call("health_check", "{}");

        assertThat(changed).as("places changed").isPositive();
        assertThat(health.bool("chain_intact")).contains(false);
        assertThat(health.array("problems").orElseThrow().toString()).contains("12");
    }
}
