package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map registry import}: a snapshot comes in. */
@Command(
        name = "import",
        description =
                "Verifies a snapshot completely, then switches to it; any failure leaves the old one serving.",
        footer = {"", "Example:", "  map registry import /media/stick"})
final class RegistryImport extends AdministrativeVerb {
    @Parameters(paramLabel = "DIR", description = "The medium, or a folder on it.")
    private Path folder = Path.of("");

    RegistryImport(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "registry.import";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("from", folder.toAbsolutePath().toString()).build();
    }
}
