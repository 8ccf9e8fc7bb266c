package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map migrate apply}: the schema to its newest version. */
@Command(
        name = "apply",
        description = "Applies the migrations that are pending, each in a transaction.",
        footer = {"", "Example:", "  map migrate apply"})
final class MigrateApply extends AdministrativeVerb {

    MigrateApply(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "migrate.apply";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
