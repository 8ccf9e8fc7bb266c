package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map audit verify}: what others keep of the log, held against the log. */
@Command(
        name = "verify",
        description = {
            "Compares every row of the database's index with the log, and every record with its row.",
            "Names what is missing, changed or too much by tenant and index, and then ends with 4."
        },
        footer = {"", "Example:", "  map audit verify --database"})
final class AuditVerify extends AdministrativeVerb {
    @Option(
            names = "--database",
            required = true,
            description = "Compares the database's rows of this node.")
    private boolean database;

    AuditVerify(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "audit.verify-database";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("database", database).build();
    }

    @Override
    ExitCode exit(JsonObject result) {
        return result.bool("verified").orElse(false) ? ExitCode.DONE : ExitCode.TAMPERING;
    }
}
