package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map treaty terminate}: a treaty is over. */
@Command(
        name = "terminate",
        description = "Ends a treaty at once and for ever; calls under way are answered.",
        footer = {"", "Example:", "  map treaty terminate treaty_abc123 --reason \"notice given\""})
final class TreatyTerminate extends AdministrativeVerb {
    @Parameters(paramLabel = "ID", description = "Its id.")
    private String id = "";

    @Option(
            names = "--reason",
            required = true,
            paramLabel = "TEXT",
            description = "Why; it goes into the record.")
    private String reason = "";

    TreatyTerminate(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "treaty.terminate";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("id", id).put("reason", reason).build();
    }
}
