package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map endpoint drain}: no more calls. */
@Command(
        name = "drain",
        description = {
            "Keeps new calls from an endpoint; those that it has go on.",
            "Until map endpoint undrain, or until the node stops."
        },
        footer = {"", "Example:", "  map endpoint drain LEDGER ledger1.example:9443"})
final class EndpointDrain extends EndpointVerb {
    EndpointDrain(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "endpoint.drain";
    }
}
