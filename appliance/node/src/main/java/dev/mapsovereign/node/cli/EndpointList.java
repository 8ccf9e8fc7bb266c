package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map endpoint list}: what the node knows of each endpoint. */
@Command(
        name = "list",
        description = {
            "Lists the endpoints of external protocols as the running node sees them.",
            "A gateway without an engine lists its engine hosts.",
            "Condition: serving, drained, unhealthy, ejected, open or half_open."
        },
        footer = {"", "Example:", "  map endpoint list"})
final class EndpointList extends NodeVerb {
    EndpointList(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "endpoint.list";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
