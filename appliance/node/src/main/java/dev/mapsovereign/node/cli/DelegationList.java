package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map delegation list}: every delegation of a tenant. */
@Command(
        name = "list",
        description = {
            "Shows the delegations of a tenant, oldest first, and why one does not hold now.",
            "Whether each capability can be used is shown by map capability explain."
        },
        footer = {"", "Example:", "  map delegation list --tenant acme"})
final class DelegationList extends AdministrativeVerb {
    @Option(names = "--tenant", required = true, paramLabel = "TENANT", description = "The tenant.")
    private String tenant = "";

    DelegationList(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "delegation.list";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("tenant", tenant).build();
    }
}
