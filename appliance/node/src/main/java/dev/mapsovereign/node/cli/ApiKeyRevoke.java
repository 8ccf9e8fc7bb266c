package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map apikey revoke}: an API key goes. */
@Command(
        name = "revoke",
        description = "Revokes an API key; durable and in force when this returns.",
        footer = {"", "Example:", "  map apikey revoke 0123456789abcdef"})
final class ApiKeyRevoke extends AdministrativeVerb {
    @Parameters(paramLabel = "ID", description = "The key's id: the part after map_live_.")
    private String id = "";

    ApiKeyRevoke(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "apikey.revoke";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("id", id).build();
    }
}
