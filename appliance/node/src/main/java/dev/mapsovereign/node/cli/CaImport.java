package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map ca import}: an authority that was made elsewhere. */
@Command(
        name = "import",
        description = {
            "Takes in a certificate authority that was made elsewhere, instead of map ca init.",
            "The folder holds root.pem, server.pem, server.key, agent.pem, agent.key. Everything is",
            "verified first, and nothing that is here is replaced; the root's key is not needed."
        },
        footer = {"", "Example:", "  map ca import --from /media/stick/authority"})
final class CaImport extends AdministrativeVerb {
    @Option(
            names = "--from",
            required = true,
            paramLabel = "DIR",
            description = "The folder; PEM, keys as plain PKCS#8.")
    private Path from = Path.of("");

    @Option(
            names = "--unconstrained",
            description = "Accepts a server issuer without name constraints.")
    private boolean unconstrained;

    CaImport(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "ca.import";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("from", from.toAbsolutePath().toString())
                .put("unconstrained", unconstrained)
                .build();
    }
}
