package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map audit status}: the log's state. */
@Command(
        name = "status",
        description = "Shows the audit log: keys, sizes, checkpoints, space, exports.",
        footer = {"", "Example:", "  map audit status"})
final class AuditStatus extends AdministrativeVerb {

    AuditStatus(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "audit.status";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
