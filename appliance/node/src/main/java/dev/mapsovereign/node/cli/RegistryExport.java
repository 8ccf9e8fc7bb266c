package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map registry export}: the newest snapshot goes onto a medium. */
@Command(
        name = "export",
        description = {
            "Writes the newest accepted snapshot to a medium, for another mirror.",
            "What already lies there is not written again."
        },
        footer = {"", "Example:", "  map registry export --to /media/stick"})
final class RegistryExport extends AdministrativeVerb {
    @Option(
            names = "--to",
            required = true,
            paramLabel = "DIR",
            description = "The medium, or a folder on it.")
    private Path folder = Path.of("");

    RegistryExport(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "registry.export";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("to", folder.toAbsolutePath().toString()).build();
    }
}
