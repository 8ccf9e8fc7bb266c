package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map ca issue}: a certificate. */
@Command(
        name = "issue",
        description =
                "Issues a certificate; key and chain are written to a folder, the key with mode 0600.",
        footer = {
            "",
            "Example:",
            "  map ca issue --profile agent --name did:oas:acme:agent:one --csr agent.csr --out tls",
            "  map ca issue --profile server --name node1.example --out /etc/map/tls"
        })
final class CaIssue extends AdministrativeVerb {
    private static final int REQUEST_BYTES_MAX = 64 * 1024;

    @Option(
            names = "--profile",
            required = true,
            paramLabel = "PROFILE",
            description = "server, client, agent or operator.")
    private String profile = "";

    @Option(
            names = "--name",
            required = true,
            paramLabel = "NAME",
            description = "DNS name, address, or the DID for profile agent; may be repeated.")
    private List<String> names = List.of();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Folder for fullchain.pem and, without --csr, privkey.pem.")
    private Path out = Path.of("");

    @Option(
            names = "--csr",
            paramLabel = "FILE",
            description = {
                "Signing request (PEM), of which only the key is taken. An agent's",
                "certificate is for the key of its DID, so profile agent needs one."
            })
    private Optional<Path> request = Optional.empty();

    CaIssue(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "ca.issue";
    }

    @Override
    JsonObject arguments() {
        JsonObject.Builder arguments =
                JsonObject.builder()
                        .put("profile", profile)
                        .put("names", JsonArray.ofStrings(names))
                        .put("out", out.toAbsolutePath().toString());
        request.ifPresent(file -> arguments.put("csr", OperatorFile.text(file, REQUEST_BYTES_MAX)));
        return arguments.build();
    }
}
