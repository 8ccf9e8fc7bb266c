package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map keys rotate}: the log signs with new keys, and the old ones are destroyed. */
@Command(
        name = "rotate",
        description = {
            "Changes the keys of all logs while the node goes on, and destroys the seed of the old"
                    + " ones.",
            "Auditors keep their trust files: what the next export carries leads from the old key"
                    + " to the new one."
        },
        footer = {"", "Example:", "  map keys rotate log --dry-run"})
final class KeysRotate extends AdministrativeVerb {
    @Parameters(paramLabel = "ROLE", description = "Which key: log.")
    private String role = "";

    @Option(names = "--dry-run", description = "Says what would be rotated, and changes nothing.")
    private boolean dryRun;

    KeysRotate(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "keys.rotate";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("role", role).put("dry_run", dryRun).build();
    }
}
