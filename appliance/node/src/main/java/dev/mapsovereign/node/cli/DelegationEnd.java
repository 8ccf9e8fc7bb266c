package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map delegation end}: a delegation is over. */
@Command(
        name = "end",
        description = "Ends a delegation at once and for ever.",
        footer = {"", "Example:", "  map delegation end ID --reason \"the job is done\""})
final class DelegationEnd extends AdministrativeVerb {
    @Parameters(paramLabel = "ID", description = "Its id, as map delegation list shows it.")
    private String id = "";

    @Option(
            names = "--reason",
            required = true,
            paramLabel = "TEXT",
            description = "Why; it goes into the record.")
    private String reason = "";

    DelegationEnd(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "delegation.end";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("id", id).put("reason", reason).build();
    }
}
