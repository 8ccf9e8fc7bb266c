package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map tenant list}: the tenants. */
@Command(
        name = "list",
        description = "Lists the tenants with the size of their chains.",
        footer = {"", "Example:", "  map tenant list"})
final class TenantList extends AdministrativeVerb {

    TenantList(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "tenant.list";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
