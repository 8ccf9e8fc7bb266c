package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map registry create}: the next snapshot of the site's own registry. */
@Command(
        name = "create",
        description = {
            "Makes the next signed snapshot from a folder of identity documents and puts it on a medium.",
            "The first time it also makes the registry's root, which mirrors pin as registry.root_file."
        },
        footer = {
            "",
            "Example:",
            "  map registry create --from /etc/map/identity/documents --to /media/stick"
        })
final class RegistryCreate extends AdministrativeVerb {
    @Option(
            names = "--from",
            required = true,
            paramLabel = "DIR",
            description = "Documents, one JSON file each; all of the registry.")
    private Path from = Path.of("");

    @Option(names = "--to", required = true, paramLabel = "DIR", description = "The medium.")
    private Path to = Path.of("");

    RegistryCreate(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "registry.create";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("from", from.toAbsolutePath().toString())
                .put("to", to.toAbsolutePath().toString())
                .build();
    }
}
