package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map capability …}. */
@Command(
        name = "capability",
        description = "Who may call what.",
        footer = {"", "Example:", "  map capability grant --help"},
        subcommands = {
            CapabilityExplain.class,
            CapabilityGrant.class,
            CapabilityList.class,
            CapabilityRevoke.class
        })
final class CapabilityVerbs {}
