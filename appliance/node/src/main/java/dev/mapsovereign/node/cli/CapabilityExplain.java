package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map capability explain}: why, or why not. */
@Command(
        name = "explain",
        description = {
            "Says whether an agent may call an operation, and why.",
            "Shows each of its capabilities that cover it, and what is the matter with it. Conditions",
            "that depend on the call (its input, whether it changes something, how often it was made)",
            "are shown, not judged. Ends with 1 when it may not."
        },
        footer = {
            "",
            "Example:",
            "  map capability explain --tenant acme did:oas:acme:agent:clerk MAX.audit_query"
        })
final class CapabilityExplain extends AdministrativeVerb {
    @Option(
            names = "--tenant",
            paramLabel = "TENANT",
            description = "The tenant; needed where there are several.")
    private Optional<String> tenant = Optional.empty();

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "At this time instead of now, RFC 3339, by today's grants.")
    private Optional<String> at = Optional.empty();

    @Parameters(index = "0", paramLabel = "DID", description = "The agent.")
    private String did = "";

    @Parameters(
            index = "1",
            paramLabel = "OPERATION",
            description = "Such as MAX.audit_query or map.max.audit_query.")
    private String operation = "";

    CapabilityExplain(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "capability.explain";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .putIfPresent("tenant", tenant)
                .putIfPresent("at", at)
                .put("did", did)
                .put("operation", operation)
                .build();
    }

    @Override
    ExitCode exit(JsonObject result) {
        return result.bool("allowed").orElse(false) ? ExitCode.DONE : ExitCode.FAILED;
    }
}
