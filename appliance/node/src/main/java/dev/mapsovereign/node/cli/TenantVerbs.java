package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map tenant …}. */
@Command(
        name = "tenant",
        description = "Tenants: who calls in whose name.",
        footer = {"", "Example:", "  map tenant list --help"},
        subcommands = {TenantCreate.class, TenantList.class, TenantSuspend.class})
final class TenantVerbs {}
