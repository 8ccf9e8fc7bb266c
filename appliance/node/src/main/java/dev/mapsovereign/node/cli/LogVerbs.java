package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map log …}. */
@Command(
        name = "log",
        description = "The node's own log, on a running node.",
        footer = {"", "Example:", "  map log level --help"},
        subcommands = {LogLevel.class})
final class LogVerbs {}
