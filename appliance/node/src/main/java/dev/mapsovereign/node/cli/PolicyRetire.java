package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map policy retire}: a policy ends. */
@Command(
        name = "retire",
        description = {
            "Ends a policy: no version of it is in force, or waits for its time, afterwards.",
            "Its versions stay and can be activated again."
        },
        footer = {"", "Example:", "  map policy retire ops.market_size_cap"})
final class PolicyRetire extends AdministrativeVerb {
    @Parameters(paramLabel = "ID", description = "The policy.")
    private String id = "";

    PolicyRetire(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "policy.retire";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("policy", id).build();
    }
}
