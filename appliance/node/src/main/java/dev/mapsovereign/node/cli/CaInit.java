package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map ca init}: the certificate authority. */
@Command(
        name = "init",
        description = "Makes the site's root and its intermediates; does nothing when they exist.",
        footer = {
            "",
            "Example:",
            "  map ca init --quick --organization 'Example Ministry' --name node1.example"
        })
final class CaInit extends AdministrativeVerb {
    @Option(
            names = "--quick",
            required = true,
            description = "Root sealed with a passphrase on this host; for trials and small sites.")
    private boolean quick;

    @Option(
            names = "--organization",
            required = true,
            paramLabel = "TEXT",
            description = "The organization in the names of root and intermediates.")
    private String organization = "";

    @Option(
            names = "--name",
            required = true,
            paramLabel = "NAME",
            description = "DNS name or address that may be certified; may be repeated.")
    private List<String> names = List.of();

    CaInit(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "ca.init";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("quick", quick)
                .put("organization", organization)
                .put("names", JsonArray.ofStrings(names))
                .build();
    }
}
