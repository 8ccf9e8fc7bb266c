package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map capability revoke}: a capability goes. */
@Command(
        name = "revoke",
        description =
                "Takes a capability from an agent, wherever it came from; in force when this returns.",
        footer = {
            "",
            "Example:",
            "  map capability revoke --tenant acme --did did:oas:acme:agent:clerk map.max.audit_query"
        })
final class CapabilityRevoke extends AdministrativeVerb {
    @Option(names = "--tenant", required = true, paramLabel = "TENANT", description = "The tenant.")
    private String tenant = "";

    @Option(names = "--did", required = true, paramLabel = "DID", description = "The agent.")
    private String did = "";

    @Parameters(paramLabel = "CAPABILITY", description = "Such as map.max.audit_query or map.max.*")
    private String capability = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; it goes into the record.")
    private Optional<String> reason = Optional.empty();

    CapabilityRevoke(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "capability.revoke";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("tenant", tenant)
                .put("did", did)
                .put("capability", capability)
                .putIfPresent("reason", reason)
                .build();
    }
}
