package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map endpoint drain}. */
@Command(
        name = "drain",
        description = {
            "Keeps new calls from an endpoint; those that it has go on.",
            "Until map endpoint undrain, or until the node stops."
        },
        footer = {"", "Example:", "  map endpoint drain LEDGER ledger1.example:9443"})
final class EndpointDrain extends NodeVerb {
    @Parameters(index = "0", paramLabel = "PROTOCOL", description = "The external protocol.")
    private String protocol = "";

    @Parameters(
            index = "1",
            paramLabel = "HOST:PORT",
            description = "As map endpoint list shows it.")
    private String endpoint = "";

    EndpointDrain(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "endpoint.drain";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("protocol", protocol).put("endpoint", endpoint).build();
    }
}
