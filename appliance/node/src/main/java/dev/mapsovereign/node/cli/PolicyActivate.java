package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map policy activate}: a version comes into force. */
@Command(
        name = "activate",
        description = {
            "Brings a version of a policy into force: now, or at its --active-from.",
            "The version that was in force until then is superseded. An older version can be activated",
            "again in the same way. On this node it acts on the next call, on others within 60 s."
        },
        footer = {"", "Example:", "  map policy activate ops.market_size_cap v1.0.0"})
final class PolicyActivate extends AdministrativeVerb {
    @Parameters(index = "0", paramLabel = "ID", description = "The policy.")
    private String id = "";

    @Parameters(index = "1", paramLabel = "VERSION", description = "Such as v1.0.0.")
    private String version = "";

    PolicyActivate(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "policy.activate";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("policy", id).put("version", version).build();
    }
}
