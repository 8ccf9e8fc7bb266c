package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map delegation import}: a delegation comes in. */
@Command(
        name = "import",
        description = {
            "Takes a delegation that its delegator signed; in force from then on.",
            "Refused if it gives more than the delegator holds at this moment."
        },
        footer = {"", "Example:", "  map delegation import --dry-run helper.json"})
final class DelegationImport extends AdministrativeVerb {
    @Option(names = "--dry-run", description = "Checks everything and changes nothing.")
    private boolean dryRun;

    @Parameters(paramLabel = "FILE", description = "The signed text, JSON.")
    private Path file = Path.of("");

    DelegationImport(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "delegation.import";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("document", SignedFile.text(file))
                .put("dry_run", dryRun)
                .build();
    }
}
