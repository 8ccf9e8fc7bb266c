package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
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
            "  map ca issue --profile server --name node1.example --out /etc/map/tls"
        })
final class CaIssue extends AdministrativeVerb {
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
            description = "Folder for fullchain.pem and privkey.pem.")
    private Path out = Path.of("");

    CaIssue(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "ca.issue";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("profile", profile)
                .put("names", JsonArray.ofStrings(names))
                .put("out", out.toAbsolutePath().toString())
                .build();
    }
}
