package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map migrate verify}: the schema against the release. */
@Command(
        name = "verify",
        description = "Checks that what was applied is what this release holds.",
        footer = {"", "Example:", "  map migrate verify"})
final class MigrateVerify extends AdministrativeVerb {

    MigrateVerify(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "migrate.verify";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
