package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An agreement is over. */
abstract class AgreementEnd extends AdministrativeVerb {
    @Parameters(paramLabel = "ID", description = "Its id, as list shows it.")
    private String id = "";

    @Option(
            names = "--reason",
            required = true,
            paramLabel = "TEXT",
            description = "Why; it goes into the record.")
    private String reason = "";

    AgreementEnd(Terminal terminal) {
        super(terminal);
    }

    @Override
    final JsonObject arguments() {
        return JsonObject.builder().put("id", id).put("reason", reason).build();
    }
}
