package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map capability list}: what was granted and revoked here. */
@Command(
        name = "list",
        description = {
            "Shows what operators granted and revoked in a tenant, oldest first.",
            "What a document declares or the configuration gives is shown by map capability explain."
        },
        footer = {"", "Example:", "  map capability list --tenant acme"})
final class CapabilityList extends AdministrativeVerb {
    @Option(names = "--tenant", required = true, paramLabel = "TENANT", description = "The tenant.")
    private String tenant = "";

    @Option(names = "--did", paramLabel = "DID", description = "Of this agent alone.")
    private Optional<String> did = Optional.empty();

    CapabilityList(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "capability.list";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("tenant", tenant).putIfPresent("did", did).build();
    }
}
