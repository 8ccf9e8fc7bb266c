package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map apikey create}: a new API key. */
@Command(
        name = "create",
        description =
                "Makes an API key for one agent in one tenant; it is shown once and kept nowhere.",
        footer = {
            "",
            "Example:",
            "  map apikey create --tenant acme --did did:oas:acme:agent:clerk"
        })
final class ApiKeyCreate extends AdministrativeVerb {
    @Option(names = "--tenant", required = true, paramLabel = "TENANT", description = "The tenant.")
    private String tenant = "";

    @Option(names = "--did", required = true, paramLabel = "DID", description = "The agent.")
    private String did = "";

    @Option(names = "--label", paramLabel = "TEXT", description = "For people; not secret.")
    private Optional<String> label = Optional.empty();

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            description = "RFC 3339, such as 2027-01-01T00:00:00Z; default never.")
    private Optional<String> expires = Optional.empty();

    ApiKeyCreate(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "apikey.create";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("tenant", tenant)
                .put("did", did)
                .putIfPresent("label", label)
                .putIfPresent("expires", expires)
                .build();
    }
}
