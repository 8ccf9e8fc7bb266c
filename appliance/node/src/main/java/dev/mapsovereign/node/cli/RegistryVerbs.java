package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map registry …}. */
@Command(
        name = "registry",
        description = "The offline mirror of the agent registry.",
        footer = {"", "Example:", "  map registry status --help"},
        subcommands = {
            RegistryImport.class,
            RegistryVerify.class,
            RegistryExport.class,
            RegistryRollback.class,
            RegistryDiff.class,
            RegistryStatus.class,
            RegistryResolve.class,
            RegistryCreate.class
        })
final class RegistryVerbs {}
