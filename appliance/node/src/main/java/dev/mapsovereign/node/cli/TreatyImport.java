package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map treaty import}: a treaty comes in. */
@Command(
        name = "import",
        description = {
            "Takes a treaty that both parties signed; in force from then on, within its dates.",
            "One of its parties must be a tenant of this site."
        },
        footer = {"", "Example:", "  map treaty import --dry-run treaty.json"})
final class TreatyImport extends AdministrativeVerb {
    @Option(names = "--dry-run", description = "Checks everything and changes nothing.")
    private boolean dryRun;

    @Parameters(paramLabel = "FILE", description = "The signed text, JSON.")
    private Path file = Path.of("");

    TreatyImport(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "treaty.import";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("document", SignedFile.text(file))
                .put("dry_run", dryRun)
                .build();
    }
}
