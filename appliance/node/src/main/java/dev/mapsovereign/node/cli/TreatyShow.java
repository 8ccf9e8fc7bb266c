package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map treaty show}: one treaty, as it was signed. */
@Command(
        name = "show",
        description = "Shows one treaty: its signed text, and what became of it here.",
        footer = {"", "Example:", "  map treaty show --output json treaty_abc123"})
final class TreatyShow extends AdministrativeVerb {
    @Parameters(paramLabel = "ID", description = "Its id.")
    private String id = "";

    TreatyShow(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "treaty.show";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("id", id).build();
    }
}
