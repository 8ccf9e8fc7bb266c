package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map ca status}: what expires when. */
@Command(
        name = "status",
        description = "Lists root and issuers with the dates on which they end, soonest first.",
        footer = {"", "Example:", "  map ca status"})
final class CaStatus extends AdministrativeVerb {

    CaStatus(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "ca.status";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
