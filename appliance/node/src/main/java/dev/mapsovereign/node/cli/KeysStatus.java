package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map keys status}: which keys each log has had, and from which size on. */
@Command(
        name = "status",
        description = "Shows the log keys of all epochs: for each log from which size they sign.",
        footer = {"", "Example:", "  map keys status --output json"})
final class KeysStatus extends AdministrativeVerb {
    KeysStatus(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "keys.status";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
