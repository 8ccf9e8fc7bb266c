package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Parameters;

/** Something is done about one endpoint. */
abstract class EndpointVerb extends NodeVerb {
    @Parameters(index = "0", paramLabel = "PROTOCOL", description = "The external protocol.")
    private String protocol = "";

    @Parameters(
            index = "1",
            paramLabel = "HOST:PORT",
            description = "As map endpoint list shows it.")
    private String endpoint = "";

    EndpointVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    final JsonObject arguments() {
        return JsonObject.builder().put("protocol", protocol).put("endpoint", endpoint).build();
    }
}
