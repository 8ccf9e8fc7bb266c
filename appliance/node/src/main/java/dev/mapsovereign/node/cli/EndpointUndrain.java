package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map endpoint undrain}: calls again. */
@Command(
        name = "undrain",
        description = "Lets an endpoint that was drained have calls again.",
        footer = {"", "Example:", "  map endpoint undrain LEDGER ledger1.example:9443"})
final class EndpointUndrain extends EndpointVerb {
    EndpointUndrain(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "endpoint.undrain";
    }
}
