package dev.mapsovereign.protocols.admin;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.module.ProtocolVersion;
import dev.mapsovereign.engine.trace.FinishedTrace;
import dev.mapsovereign.engine.trace.KeptTraces;
import dev.mapsovereign.protocols.schema.SchemaFiles;
import java.util.List;
import java.util.Optional;

/**
 * ADMIN, what a tenant may see of the node's inside: the traces of its own calls. {@code GET
 * /admin/trace} is this operation under another name.
 */
public final class AdminModule implements ProtocolModule {
    /** What it offers. */
    public static final List<OperationSpec> OPERATIONS =
            SchemaFiles.operations("admin", "observability");

    private final KeptTraces traces;

    /** ADMIN over those traces. */
    public AdminModule(KeptTraces traces) {
        this.traces = traces;
    }

    @Override
    public String protocol() {
        return "ADMIN";
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
        if (!operation.equals("observability")) {
            throw new ModuleRefusal(ErrorCode.UNKNOWN_OPERATION, "ADMIN has no " + operation);
        }
        int limit = (int) input.integer("limit").orElse(Limits.TRACES_SHOWN_DEFAULT);
        Optional<CorrelationId> id = input.text("correlation_id").map(CorrelationId::parse);
        id.ifPresent(one -> context.note("asked_correlation_id", one.toString()));
        List<FinishedTrace> found =
                traces.newest(
                        limit,
                        trace ->
                                trace.tenant().equals(context.tenant())
                                        && (id.isEmpty() || trace.id().equals(id.get())));
        return JsonObject.builder()
                .put("kept", traces.places())
                .put(
                        "traces",
                        new JsonArray(found.stream().<JsonValue>map(FinishedTrace::json).toList()))
                .build();
    }
}
