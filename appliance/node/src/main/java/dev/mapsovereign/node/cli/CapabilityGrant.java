package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.util.List;
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
            "  map capability grant --tenant acme --did did:oas:acme:agent:clerk \\",
            "    --limit max_per_hour=100 --caveat time:09-17 map.max.audit_query"
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

    @Option(
            names = "--limit",
            paramLabel = "NAME=NUMBER",
            description = {
                "calls_per_minute, max_per_hour, calls_per_day (counted by the clock, UTC),",
                "input_bytes_max, max_tokens. May be repeated."
            })
    private List<String> limits = List.of();

    @Option(
            names = "--caveat",
            paramLabel = "CAVEAT",
            description = {
                "Condition that each call must meet: time:09-17 (hours, UTC), jurisdiction:NAME",
                "(of this site), action_kind:read-only. May be repeated; all must be met."
            })
    private List<String> caveats = List.of();

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
                .put("limits", JsonArray.ofStrings(limits))
                .put("caveats", JsonArray.ofStrings(caveats))
                .build();
    }
}
