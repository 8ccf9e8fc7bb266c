package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.trace.FinishedTrace;
import dev.mapsovereign.engine.trace.KeptTraces;
import java.util.List;
import java.util.Optional;

/** Traced calls of all tenants that the running node has in memory. */
public final class TraceVerbs {
    private TraceVerbs() {}

    /**
     * Does {@code trace}: the newest first.
     *
     * @throws OperatorException when none are kept, or an argument is not of its form
     */
    public static JsonObject show(KeptTraces kept, JsonObject arguments) {
        if (kept.places() == 0) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "this node keeps no traces",
                    "set trace.kept, such as kept = 256, and restart it");
        }
        long limit = arguments.integer("limit").orElse(Limits.TRACES_SHOWN_DEFAULT);
        if (limit < 1 || limit > Limits.TRACES_SHOWN_MAX) {
            throw new OperatorException(
                    ExitCode.USAGE, "limit must be 1 to " + Limits.TRACES_SHOWN_MAX);
        }
        Optional<CorrelationId> id =
                arguments.has("correlation_id")
                        ? Optional.of(
                                Arguments.parsed(arguments, "correlation_id", CorrelationId::parse))
                        : Optional.empty();
        List<FinishedTrace> found =
                kept.newest((int) limit, trace -> id.isEmpty() || trace.id().equals(id.get()));
        return JsonObject.builder()
                .put("kept", kept.places())
                .put(
                        "traces",
                        new JsonArray(found.stream().<JsonValue>map(FinishedTrace::json).toList()))
                .build();
    }
}
