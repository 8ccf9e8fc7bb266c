package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map migrate …}. */
@Command(
        name = "migrate",
        description = "The database schema.",
        footer = {"", "Example:", "  map migrate status --help"},
        subcommands = {MigrateStatus.class, MigrateApply.class, MigrateVerify.class})
final class MigrateVerbs {}
