package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map migrate status}: the schema's state. */
@Command(
        name = "status",
        description = "Lists the migrations and which of them are applied.",
        footer = {"", "Example:", "  map migrate status"})
final class MigrateStatus extends AdministrativeVerb {

    MigrateStatus(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "migrate.status";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
