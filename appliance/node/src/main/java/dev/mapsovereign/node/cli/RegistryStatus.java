package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map registry status}: the mirror's state. */
@Command(
        name = "status",
        description = "Shows the mirror's snapshot: number, age, expiry, sizes.",
        footer = {"", "Example:", "  map registry status"})
final class RegistryStatus extends AdministrativeVerb {

    RegistryStatus(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "registry.status";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
