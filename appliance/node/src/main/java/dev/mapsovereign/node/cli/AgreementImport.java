package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Limits;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A signed text comes in. */
abstract class AgreementImport extends AdministrativeVerb {
    @Option(names = "--dry-run", description = "Checks everything and changes nothing.")
    private boolean dryRun;

    @Parameters(paramLabel = "FILE", description = "The signed text, JSON.")
    private Path file = Path.of("");

    AgreementImport(Terminal terminal) {
        super(terminal);
    }

    @Override
    final JsonObject arguments() {
        return JsonObject.builder()
                .put("document", OperatorFile.text(file, Limits.AGREEMENT_BYTES_MAX))
                .put("dry_run", dryRun)
                .build();
    }
}
