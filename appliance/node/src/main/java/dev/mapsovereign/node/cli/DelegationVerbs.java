package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map delegation …}. */
@Command(
        name = "delegation",
        description = "What agents let other agents do.",
        footer = {"", "Example:", "  map delegation create --help"},
        subcommands = {
            DelegationCreate.class,
            DelegationEnd.class,
            DelegationImport.class,
            DelegationList.class
        })
final class DelegationVerbs {}
