package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map audit new-log}: a log that must not go on is laid aside. */
@Command(
        name = "new-log",
        description = {
            "Begins a new audit log where the old one must not go on.",
            "That is where its keys signed a second history, the host was restored from a backup,"
                    + " or the journal is damaged. The old log is laid aside, unchanged; the next"
                    + " start makes one with a name and keys of its own, whose first records name"
                    + " origin, size and root of what they continue. Stop the node first. Auditors"
                    + " need the new key's fingerprint, and stations are enrolled anew."
        },
        footer = {
            "",
            "Example:",
            "  map audit new-log --dry-run",
            "  map audit new-log --end node1.0123abcd --reason 'set back to the image of 1 May'"
        })
final class AuditNewLog extends AdministrativeVerb {
    @ArgGroup(multiplicity = "1")
    private Aim aim = new Aim();

    /** It is looked at which log is there, or that one is named and ended. */
    static final class Aim {
        @Option(names = "--dry-run", description = "Says what would be ended; changes nothing.")
        private boolean dryRun;

        @ArgGroup(exclusive = false)
        private Ending ending = new Ending();
    }

    /** Which log is ended, and why. */
    static final class Ending {
        @Option(
                names = "--end",
                required = true,
                paramLabel = "NODE",
                description = "The log to end, as --dry-run names it; no other one is.")
        private Optional<String> node = Optional.empty();

        @Option(
                names = "--reason",
                required = true,
                paramLabel = "TEXT",
                description = "Why; it stands in the first records of the new log.")
        private Optional<String> reason = Optional.empty();
    }

    AuditNewLog(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "audit.new_log";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("dry_run", aim.dryRun)
                .putIfPresent("node", aim.ending.node)
                .putIfPresent("reason", aim.ending.reason)
                .build();
    }
}
