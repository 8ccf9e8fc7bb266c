package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map tenant create}: a tenant and its chain. */
@Command(
        name = "create",
        description =
                "Creates a tenant with an audit chain of its own; one that exists stays as it is.",
        footer = {"", "Example:", "  map tenant create acme"})
final class TenantCreate extends AdministrativeVerb {
    @Parameters(paramLabel = "TENANT", description = "[a-z0-9][a-z0-9_-]{0,31}")
    private String tenant = "";

    TenantCreate(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "tenant.create";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("tenant", tenant).build();
    }
}
