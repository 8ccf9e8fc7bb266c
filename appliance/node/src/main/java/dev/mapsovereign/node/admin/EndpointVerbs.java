package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.balance.EndpointState;
import dev.mapsovereign.node.control.AdminHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The endpoints of external protocols, as the running node sees them; what is done to one lasts
 * until the node stops.
 */
public final class EndpointVerbs {
    private EndpointVerbs() {}

    /**
     * Endpoints that serve one thing.
     *
     * @param protocol what, as it is named on the command line
     * @param version of it
     */
    public record Group(String protocol, String version, List<EndpointState> endpoints) {}

    /**
     * Does {@code endpoint.list}, {@code endpoint.drain} or {@code endpoint.undrain}.
     *
     * @param changed is told what was changed
     * @throws OperatorException when there is no such endpoint
     */
    public static JsonObject run(
            List<Group> groups, Consumer<JsonObject> changed, String verb, JsonObject arguments) {
        return switch (verb) {
            case "endpoint.list" -> list(groups);
            case "endpoint.drain" -> drain(groups, changed, arguments, true);
            case "endpoint.undrain" -> drain(groups, changed, arguments, false);
            default -> throw new AdminHandler.UnknownVerbException(verb);
        };
    }

    private static JsonObject list(List<Group> groups) {
        List<JsonValue> rows = new ArrayList<>();
        for (Group group : groups) {
            for (EndpointState state : group.endpoints()) {
                rows.add(facts(group, state));
            }
        }
        return JsonObject.builder().put("endpoints", new JsonArray(rows)).build();
    }

    private static JsonObject facts(Group group, EndpointState state) {
        return JsonObject.builder()
                .put("protocol", group.protocol())
                .put("version", group.version())
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
            List<Group> groups, Consumer<JsonObject> changed, JsonObject arguments, boolean out) {
        String protocol = Arguments.text(arguments, "protocol");
        String name = Arguments.text(arguments, "endpoint");
        List<JsonValue> found = new ArrayList<>();
        for (Group group : groups) {
            for (EndpointState state : group.endpoints()) {
                if (group.protocol().equals(protocol) && state.endpoint().name().equals(name)) {
                    state.drained(out);
                    found.add(facts(group, state));
                }
            }
        }
        if (found.isEmpty()) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    "no endpoint " + name + " of " + protocol,
                    "see: map endpoint list");
        }
        changed.accept(
                JsonObject.builder()
                        .put("change", out ? "endpoint drained" : "endpoint undrained")
                        .put("protocol", protocol)
                        .put("endpoint", name)
                        .build());
        return JsonObject.builder().put("endpoints", new JsonArray(found)).build();
    }
}
