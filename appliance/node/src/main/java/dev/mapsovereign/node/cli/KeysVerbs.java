package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map keys …}. */
@Command(
        name = "keys",
        description = "Key custody.",
        footer = {"", "Example:", "  map keys generate --help"},
        subcommands = {
            KeysExport.class,
            KeysGenerate.class,
            KeysInspect.class,
            KeysRotate.class,
            KeysStatus.class
        })
final class KeysVerbs {}
