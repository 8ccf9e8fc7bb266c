package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditstore.AuditIndex;
import dev.mapsovereign.auditstore.AuditProjection;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.module.ProtocolVersion;
import dev.mapsovereign.protocols.schema.SchemaFiles;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * MAX, the audit chain as its tenant sees it. Every operation reads the chain of the call's own
 * tenant, or of the one that it names where the caller may read across ({@link Reach}). Nothing
 * here records a call: the record that the call itself leaves is enough. What is recorded is
 * evidence of tampering, in {@code _node}.
 */
public final class MaxModule implements ProtocolModule {
    /** What it offers. */
    public static final List<OperationSpec> OPERATIONS =
            SchemaFiles.operations(
                    "max",
                    "audit_log_entry",
                    "audit_query",
                    "traceability_graph",
                    "explainability_request",
                    "compliance_report",
                    "health_check");

    private final RecordQuery query;
    private final TimelineQuery timeline;
    private final TraceGraph graph;
    private final Explanation explanation;
    private final ComplianceReport report;
    private final ChainHealth health;

    /**
     * MAX over the log.
     *
     * @param index finds records; {@code projection} fills it
     * @param offSite what has left the building
     * @param reportSigner signs compliance reports and nothing else
     */
    public MaxModule(
            AuditLog log,
            AuditIndex index,
            AuditProjection projection,
            OffSite offSite,
            NoteSigner reportSigner,
            Clock clock) {
        ChainReader chain = new ChainReader(log, index);
        Reach reach = new Reach(log, clock);
        query = new RecordQuery(chain, reach, new AsOf(log));
        timeline = new TimelineQuery(index.timeline(), reach);
        graph = new TraceGraph(chain, reach);
        explanation = new Explanation(chain, reach);
        report = new ComplianceReport(log, chain, reach, reportSigner, clock);
        health = new ChainHealth(log, chain, projection, offSite, reach);
    }

    @Override
    public String protocol() {
        return "MAX";
    }

    @Override
    public ProtocolVersion version() {
        return ProtocolVersion.of(1, 0, 0);
    }

    @Override
    public List<OperationSpec> operations() {
        return OPERATIONS;
    }

    @Override
    public JsonObject invoke(String operation, JsonObject input, InvokeContext context)
            throws ModuleRefusal {
        return switch (operation) {
            case "audit_log_entry" -> Statement.record(input, context);
            case "audit_query" ->
                    input.text("nodes").equals(Optional.of("all"))
                            ? timeline.answer(input, context)
                            : query.answer(input, context);
            case "traceability_graph" -> graph.answer(input, context);
            case "explainability_request" -> explanation.answer(input, context);
            case "compliance_report" -> report.answer(input, context);
            case "health_check" -> health.answer(input, context);
            default ->
                    throw new ModuleRefusal(ErrorCode.UNKNOWN_OPERATION, "MAX has no " + operation);
        };
    }
}
