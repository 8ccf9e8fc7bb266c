package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map tenant suspend}: calls of a tenant off or on. */
@Command(
        name = "suspend",
        description = "Refuses all calls of a tenant from now on; --resume takes that back.",
        footer = {"", "Example:", "  map tenant suspend acme"})
final class TenantSuspend extends AdministrativeVerb {
    @Parameters(paramLabel = "TENANT", description = "The tenant.")
    private String tenant = "";

    @Option(names = "--resume", description = "Lets it call again.")
    private boolean resume;

    TenantSuspend(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "tenant.suspend";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("tenant", tenant).put("resume", resume).build();
    }
}
