package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map endpoint …}. */
@Command(
        name = "endpoint",
        description = "Endpoints of external protocols, on a running node.",
        footer = {"", "Example:", "  map endpoint list --help"},
        subcommands = {EndpointList.class, EndpointDrain.class, EndpointUndrain.class})
final class EndpointVerbs {}
