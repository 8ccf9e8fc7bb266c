package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map init}: a site's first identities. */
@Command(
        name = "init",
        description =
                "Makes the first tenant, the human root, the first agents and their API keys; idempotent.",
        footer = {"", "Example:", "  map init --tenant acme"})
final class Init extends AdministrativeVerb {
    @Option(
            names = "--tenant",
            required = true,
            paramLabel = "TENANT",
            description = "The first tenant; also the namespace of its DIDs.")
    private String tenant = "";

    Init(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "init";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("tenant", tenant).build();
    }
}
