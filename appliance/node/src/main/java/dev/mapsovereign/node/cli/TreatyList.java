package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map treaty list}: every treaty of this site. */
@Command(
        name = "list",
        description =
                "Shows the treaties of this site, oldest first, and why one does not hold now.",
        footer = {"", "Example:", "  map treaty list"})
final class TreatyList extends AdministrativeVerb {
    TreatyList(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "treaty.list";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
