package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map endpoint undrain}. */
@Command(
        name = "undrain",
        description = "Lets an endpoint that was drained have calls again.",
        footer = {"", "Example:", "  map endpoint undrain LEDGER ledger1.example:9443"})
final class EndpointUndrain extends NodeVerb {
    @Parameters(index = "0", paramLabel = "PROTOCOL", description = "The external protocol.")
    private String protocol = "";

    @Parameters(
            index = "1",
            paramLabel = "HOST:PORT",
            description = "As map endpoint list shows it.")
    private String endpoint = "";

    EndpointUndrain(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "endpoint.undrain";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("protocol", protocol).put("endpoint", endpoint).build();
    }
}
