package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map audit payload}: what one call carried. */
@Command(
        name = "payload",
        description = {
            "Shows the bodies of one call, where the site keeps them (audit.payloads).",
            "That they were read is recorded first."
        },
        footer = {
            "",
            "Example:",
            "  map audit payload 7d1e2c9a-4b1f-4c7e-9a51-0c2d3e4f5a6b --tenant acme"
        })
final class AuditPayload extends AdministrativeVerb {
    @Parameters(paramLabel = "CORRELATION_ID", description = "The call, as its record names it.")
    private String correlationId = "";

    @Option(names = "--tenant", required = true, paramLabel = "TENANT", description = "Whose call.")
    private String tenant = "";

    AuditPayload(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "audit.payload";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("correlation_id", correlationId)
                .put("tenant", tenant)
                .build();
    }
}
