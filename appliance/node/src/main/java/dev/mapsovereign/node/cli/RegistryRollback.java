package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map registry rollback}: an earlier snapshot serves again. */
@Command(
        name = "rollback",
        description = {
            "Serves the documents of another snapshot that is kept.",
            "Revocations, tombstones and version floors stay those of the newest."
        },
        footer = {"", "Example:", "  map registry rollback 41 --dry-run"})
final class RegistryRollback extends AdministrativeVerb {
    @Parameters(paramLabel = "N", description = "Its number; map registry status names those kept.")
    private long number;

    @Option(names = "--dry-run", description = "Says what would be served, and changes nothing.")
    private boolean dryRun;

    RegistryRollback(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "registry.rollback";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("snapshot", number).put("dry_run", dryRun).build();
    }
}
