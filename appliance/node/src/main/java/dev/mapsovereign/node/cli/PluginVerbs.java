package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map plugin …}. */
@Command(
        name = "plugin",
        description = "WASM plugins.",
        footer = {"", "Example:", "  map plugin list --help"},
        subcommands = {PluginList.class, PluginSign.class})
final class PluginVerbs {}
