package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map policy list}: every version. */
@Command(
        name = "list",
        description = {
            "Shows every version of every policy, oldest first.",
            "State: authored, waits (for its time), in force, superseded (by another version), retired."
        },
        footer = {"", "Example:", "  map policy list"})
final class PolicyList extends AdministrativeVerb {
    PolicyList(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "policy.list";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
