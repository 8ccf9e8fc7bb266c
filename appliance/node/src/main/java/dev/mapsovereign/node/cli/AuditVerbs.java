package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map audit …}. */
@Command(
        name = "audit",
        description = "The audit log and its media.",
        footer = {"", "Example:", "  map audit status --help"},
        subcommands = {
            AuditStatus.class,
            AuditRebuild.class,
            AuditVerify.class,
            AuditExport.class,
            AuditProve.class,
            AuditPayload.class,
            AuditNewLog.class,
            AuditEnrolStation.class,
            AuditImportReceipt.class,
            AuditPrune.class
        })
final class AuditVerbs {}
