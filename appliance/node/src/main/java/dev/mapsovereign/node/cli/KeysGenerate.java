package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map keys generate}: private keys come into being. */
@Command(
        name = "generate",
        description = {
            "Makes private keys, one file a role with mode 0600; those that exist stay as they"
                    + " are.",
            "Roles: log, did, report, payload, plugin, registry (its four roles), or one of them by"
                    + " name."
        },
        footer = {"", "Example:", "  map keys generate log did"})
final class KeysGenerate extends AdministrativeVerb {
    @Parameters(arity = "1..*", paramLabel = "ROLE", description = "Which keys.")
    private List<String> roles = List.of();

    KeysGenerate(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "keys.generate";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("roles", JsonArray.ofStrings(roles)).build();
    }
}
