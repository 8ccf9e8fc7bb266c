package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map apikey …}. */
@Command(
        name = "apikey",
        description = "API keys.",
        footer = {"", "Example:", "  map apikey list --help"},
        subcommands = {ApiKeyCreate.class, ApiKeyList.class, ApiKeyRevoke.class})
final class ApiKeyVerbs {}
