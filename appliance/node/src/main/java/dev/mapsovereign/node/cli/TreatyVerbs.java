package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map treaty …}. */
@Command(
        name = "treaty",
        description = "What another organization's agents may call here.",
        footer = {"", "Example:", "  map treaty import --help"},
        subcommands = {
            TreatyImport.class,
            TreatyList.class,
            TreatyShow.class,
            TreatySign.class,
            TreatyTerminate.class
        })
final class TreatyVerbs {}
