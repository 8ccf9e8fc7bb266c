package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map capability grant}: a grant. */
@Command(
        name = "grant",
        description = "Grants a capability to an agent in a tenant.",
        footer = {
            "",
            "Example:",
            "  map capability grant --tenant acme --did did:oas:acme:agent:clerk map.max.audit_query"
        })
final class CapabilityGrant extends AdministrativeVerb {
    @Option(names = "--tenant", required = true, paramLabel = "TENANT", description = "The tenant.")
    private String tenant = "";

    @Option(names = "--did", required = true, paramLabel = "DID", description = "The agent.")
    private String did = "";

    @Parameters(paramLabel = "CAPABILITY", description = "Such as map.max.audit_query or map.max.*")
    private String capability = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; it goes into the record.")
    private Optional<String> reason = Optional.empty();

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            description = "RFC 3339, such as 2027-01-01T00:00:00Z; default never.")
    private Optional<String> expires = Optional.empty();

    CapabilityGrant(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "capability.grant";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("tenant", tenant)
                .put("did", did)
                .put("capability", capability)
                .putIfPresent("reason", reason)
                .putIfPresent("expires", expires)
                .build();
    }
}
