package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map registry verify}: a medium, or what is served, once more. */
@Command(
        name = "verify",
        description = {
            "Verifies a snapshot on a medium as an import would, and imports nothing.",
            "Without a medium, all of what the mirror serves: signatures, leaves, index."
        },
        footer = {"", "Example:", "  map registry verify /media/stick", "  map registry verify"})
final class RegistryVerify extends AdministrativeVerb {
    @Parameters(arity = "0..1", paramLabel = "DIR", description = "The medium, or a folder on it.")
    private Optional<Path> folder = Optional.empty();

    RegistryVerify(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "registry.verify";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .putIfPresent("from", folder.map(path -> path.toAbsolutePath().toString()))
                .build();
    }
}
