package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map audit import-receipt}: what an off-site station has cosigned comes home. */
@Command(
        name = "import-receipt",
        description =
                "Takes in the receipts that an enrolled off-site station left on a medium. A receipt that is wrong ends with 4 and changes nothing; one that proves a second history of this log stops it.",
        footer = {"", "Example:", "  map audit import-receipt /media/stick"})
final class AuditImportReceipt extends AdministrativeVerb {
    @Parameters(
            paramLabel = "PATH",
            description = "A medium, a folder of receipts, or one receipt.")
    private Path path = Path.of("");

    AuditImportReceipt(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "audit.import-receipt";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("path", path.toAbsolutePath().toString()).build();
    }
}
