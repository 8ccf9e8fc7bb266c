package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map audit new-log}: a log that must not go on is laid aside. */
@Command(
        name = "new-log",
        description = {
            "Begins a new audit log where the old one must not go on: its keys signed a second",
            "history, the host was restored from a backup, or the journal is damaged. The old log",
            "is laid aside, unchanged; the next start makes one with a name and keys of its own,",
            "whose first records name origin, size and root of what they continue. Stop the node",
            "first. Auditors need the new key's fingerprint, and stations are enrolled anew."
        },
        footer = {
            "",
            "Example:",
            "  map audit new-log --dry-run --reason 'set back to the image of 1 May'"
        })
final class AuditNewLog extends AdministrativeVerb {
    @Option(
            names = "--reason",
            required = true,
            paramLabel = "TEXT",
            description = "Why; it stands in the first records of the new log.")
    private String reason = "";

    @Option(names = "--dry-run", description = "Says what would be continued; changes nothing.")
    private boolean dryRun;

    AuditNewLog(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "audit.new_log";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("reason", reason).put("dry_run", dryRun).build();
    }
}
