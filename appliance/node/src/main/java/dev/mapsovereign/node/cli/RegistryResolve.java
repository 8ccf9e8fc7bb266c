package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map registry resolve}: one DID. */
@Command(
        name = "resolve",
        description =
                "Shows the document of a DID and whether its lineage verifies; ends with 1 if there"
                        + " is no such document, with 4 if it does not verify.",
        footer = {"", "Example:", "  map registry resolve did:oas:acme:agent:clerk"})
final class RegistryResolve extends AdministrativeVerb {
    @Parameters(paramLabel = "DID", description = "The DID.")
    private String did = "";

    RegistryResolve(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "registry.resolve";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("did", did).build();
    }

    @Override
    ExitCode exit(JsonObject result) {
        Optional<JsonObject> fault = result.object("fault");
        if (fault.isEmpty()) {
            return ExitCode.DONE;
        }
        boolean absent =
                fault.get().text("kind").equals(Optional.of("not_found"))
                        && fault.get().text("at").equals(result.text("did"));
        return absent ? ExitCode.FAILED : ExitCode.TAMPERING;
    }
}
