package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.balance.EndpointState;
import dev.mapsovereign.engine.route.Route;
import dev.mapsovereign.engine.router.ExternalTier;
import dev.mapsovereign.node.control.AdminHandler;
import java.util.ArrayList;
import java.util.List;

/**
 * The endpoints of external protocols, as the running node sees them; what is done to one lasts
 * until the node stops.
 */
public final class EndpointVerbs {
    private EndpointVerbs() {}

    /**
     * Does {@code endpoint.list}, {@code endpoint.drain} or {@code endpoint.undrain}.
     *
     * @throws OperatorException when there is no such endpoint
     */
    public static JsonObject run(
            ExternalTier external, AuditLog log, String verb, JsonObject arguments) {
        return switch (verb) {
            case "endpoint.list" -> list(external);
            case "endpoint.drain" -> drain(external, log, arguments, true);
            case "endpoint.undrain" -> drain(external, log, arguments, false);
            default -> throw new AdminHandler.UnknownVerbException(verb);
        };
    }

    private static JsonObject list(ExternalTier external) {
        List<JsonValue> rows = new ArrayList<>();
        for (Route route : external.routes()) {
            for (EndpointState state : route.pool().endpoints()) {
                rows.add(facts(route, state));
            }
        }
        return JsonObject.builder().put("endpoints", new JsonArray(rows)).build();
    }

    private static JsonObject facts(Route route, EndpointState state) {
        return JsonObject.builder()
                .put("protocol", route.protocol())
                .put("version", route.version().toString())
                .put("endpoint", state.endpoint().name())
                .put("condition", state.condition())
                .put("weight", state.endpoint().weight())
                .put("in_flight", state.inFlight())
                .put("answered", state.successes())
                .put("failed", state.failures())
                .put("ejections", state.ejections())
                .put("circuit", state.breaker().map(own -> own.stateName()).orElse(""))
                .build();
    }

    private static JsonObject drain(
            ExternalTier external, AuditLog log, JsonObject arguments, boolean out) {
        String protocol = Arguments.text(arguments, "protocol");
        String name = Arguments.text(arguments, "endpoint");
        List<JsonValue> changed = new ArrayList<>();
        for (Route route : external.routes()) {
            if (route.protocol().equals(protocol)) {
                for (EndpointState state : route.pool().endpoints()) {
                    if (state.endpoint().name().equals(name)) {
                        state.drained(out);
                        changed.add(facts(route, state));
                    }
                }
            }
        }
        if (changed.isEmpty()) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    "no endpoint " + name + " of an external protocol " + protocol,
                    "see: map endpoint list");
        }
        log.append(
                AuditDraft.builder(TenantId.NODE, EventType.CONFIG_CHANGED, AuditOutcome.SUCCESS)
                        .meta(
                                JsonObject.builder()
                                        .put(
                                                "change",
                                                out ? "endpoint drained" : "endpoint undrained")
                                        .put("protocol", protocol)
                                        .put("endpoint", name)
                                        .build())
                        .build());
        return JsonObject.builder().put("endpoints", new JsonArray(changed)).build();
    }
}
