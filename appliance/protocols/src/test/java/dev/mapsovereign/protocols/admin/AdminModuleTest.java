package dev.mapsovereign.protocols.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.engine.trace.FinishedTrace;
import dev.mapsovereign.engine.trace.Interval;
import dev.mapsovereign.engine.trace.KeptTraces;
import dev.mapsovereign.protocols.testing.Caller;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class AdminModuleTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final TenantId OTHER = TenantId.of("other");
    private static final long BEGAN = 1_700_000_000_000_000_000L;

    private final KeptTraces kept = new KeptTraces(10);

    private Caller caller() {
        return new Caller(
                new AdminModule(kept),
                ACME,
                Optional.of(AgentDid.parse("did:oas:acme:agent:watcher")));
    }

    /** A call that was forwarded and failed, so that every member of the answer is there. */
    private CorrelationId call(TenantId tenant) {
        CorrelationId id = CorrelationId.random();
        kept.take(
                new FinishedTrace(
                        id,
                        Optional.empty(),
                        tenant,
                        "LEDGER",
                        Optional.of("v1.0.0"),
                        "transfer",
                        AuditOutcome.ERROR,
                        Optional.of(ErrorCode.ADAPTER_ERROR),
                        Optional.of(StageName.ROUTER_INVOCATION),
                        new Interval(BEGAN, BEGAN + 9_000_000),
                        List.of(
                                new FinishedTrace.StageTime(
                                        StageName.ROUTER_INVOCATION,
                                        new Interval(BEGAN + 1_000_000, BEGAN + 8_000_000))),
                        Optional.of(
                                new FinishedTrace.Forward(
                                        "ledger.site:9443",
                                        2,
                                        new Interval(BEGAN + 2_000_000, BEGAN + 7_000_000)))));
        return id;
    }

    private static List<JsonObject> traces(JsonObject answer) {
        return answer.array("traces").orElseThrow().values().stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private static List<String> ids(JsonObject answer) {
        return traces(answer).stream()
                .map(trace -> trace.text("correlation_id").orElseThrow())
                .toList();
    }

    @Test
    void observability_showsTheTenantsOwnCallsNewestFirst() throws ModuleRefusal {
        CorrelationId first = call(ACME);
        call(OTHER);
        call(TenantId.NODE);
        CorrelationId second = call(ACME);

        JsonObject answer = caller().call("observability", "{}");

        assertThat(ids(answer)).containsExactly(second.toString(), first.toString());
        assertThat(answer.integer("kept")).hasValue(10);
        JsonObject trace = traces(answer).getFirst();
        assertThat(trace.text("began")).contains("2023-11-14T22:13:20Z");
        assertThat(trace.integer("duration_us")).hasValue(9_000);
        assertThat(trace.text("endpoint")).contains("ledger.site:9443");
        assertThat(trace.array("spans").orElseThrow().values()).hasSize(3);
    }

    @Test
    void observability_ofOneCall_showsItAndNotesWhichWasAsked() throws ModuleRefusal {
        CorrelationId wanted = call(ACME);
        call(ACME);

        Caller.Reply reply = caller().reply("observability", "{'correlation_id':'" + wanted + "'}");

        assertThat(ids(reply.data())).containsExactly(wanted.toString());
        assertThat(reply.notes().text("asked_correlation_id")).contains(wanted.toString());
    }

    @Test
    void observability_ofAnotherTenantsCall_showsNothing() throws ModuleRefusal {
        CorrelationId foreign = call(OTHER);

        assertThat(ids(caller().call("observability", "{'correlation_id':'" + foreign + "'}")))
                .isEmpty();
    }

    @Test
    void observability_limit_boundsTheAnswerAndIsBounded() throws ModuleRefusal {
        for (int i = 0; i < 5; i++) {
            call(ACME);
        }
        assertThat(ids(caller().call("observability", "{'limit':3}"))).hasSize(3);
        assertThat(caller().schemaRefuses("observability", "{'limit':257}")).isTrue();
        assertThat(caller().schemaRefuses("observability", "{'limit':0}")).isTrue();
        assertThat(caller().schemaRefuses("observability", "{'correlation_id':'x'}")).isTrue();
        assertThat(caller().schemaRefuses("observability", "{'tenant_id':'other'}")).isTrue();
    }

    @Test
    void observability_nothingKept_saysSo() throws ModuleRefusal {
        Caller none = new Caller(new AdminModule(new KeptTraces(0)), ACME, Optional.empty());

        assertThat(none.call("observability", "{}").integer("kept")).hasValue(0);
    }
}
