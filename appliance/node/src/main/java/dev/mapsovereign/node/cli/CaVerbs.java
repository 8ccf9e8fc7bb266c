package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map ca …}. */
@Command(
        name = "ca",
        description = "The site's certificate authority.",
        footer = {"", "Example:", "  map ca status --help"},
        subcommands = {
            CaInit.class,
            CaImport.class,
            CaIssue.class,
            CaRenew.class,
            CaRevoke.class,
            CaCrl.class,
            CaStatus.class
        })
final class CaVerbs {}
