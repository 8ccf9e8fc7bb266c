package dev.mapsovereign.protocols.max;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.protocols.testing.Caller;
import dev.mapsovereign.protocols.testing.Chain;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MaxModuleTest {
    @TempDir private Path folder;

    private Chain chain;

    @BeforeEach
    void openChain() {
        chain = new Chain(folder);
    }

    @AfterEach
    void closeChain() {
        chain.close();
    }

    private Caller as(TenantId tenant) {
        return new Caller(
                new MaxModule(chain.log, chain.index, chain.projection),
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
        return chain.log.append(
                Chain.draft(
                                Chain.ACME,
                                EventType.SECURITY_VIOLATION,
                                AuditOutcome.REFUSED,
                                CorrelationId.random())
                        .protocol("MAX")
                        .version("v1.0.0")
                        .operation("audit_query")
                        .stage(stage)
                        .code(code)
                        .build());
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
                ChainRule.leaf(chain.log.previousHash(Chain.ACME, written.index()), canonical);
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

        assertThat(objects(graph, "nodes").stream().map(node -> node.text("id").orElseThrow()))
                .containsExactly(
                        asked.toString(),
                        sent.toString(),
                        received.toString(),
                        replayed.toString());
        assertThat(objects(graph, "edges"))
                .containsExactlyInAnyOrder(
                        edge(asked, sent, "same_trace"),
                        edge(sent, received, "message"),
                        edge(asked, replayed, "replay"));
        assertThat(graph.bool("complete")).contains(true);
    }

    private static JsonObject edge(CorrelationId from, CorrelationId to, String relation) {
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

    @Test
    void explainability_ofEachCode_saysWhatWasNeeded() throws ModuleRefusal {
        for (ErrorCode code : ErrorCode.values()) {
            RecordReference written = refused(code, "router_invocation");
            JsonObject explained =
                    acme().call("explainability_request", "{'index':'" + written.index() + "'}");
            assertThat(explained.text("needed").orElseThrow()).as(code.wire()).isNotBlank();
        }
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
