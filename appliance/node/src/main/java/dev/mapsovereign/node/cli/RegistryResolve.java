package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map registry resolve}: one DID. */
@Command(
        name = "resolve",
        description = "Shows the document of a DID and whether its lineage verifies.",
        footer = {"", "Example:", "  map registry resolve did:oas:acme:agent:clerk"})
final class RegistryResolve extends AdministrativeVerb {
    @Parameters(paramLabel = "DID", description = "The DID.")
    private String did = "";

    RegistryResolve(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "registry.resolve";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("did", did).build();
    }
}
