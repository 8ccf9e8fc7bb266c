package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map policy show}: one version with its text. */
@Command(
        name = "show",
        description = "Shows one version of a policy with its text; the one in force, if any is.",
        footer = {"", "Example:", "  map policy show ops.market_size_cap"})
final class PolicyShow extends AdministrativeVerb {
    @Parameters(paramLabel = "ID", description = "The policy.")
    private String id = "";

    @Option(names = "--version", paramLabel = "VERSION", description = "This version instead.")
    private Optional<String> version = Optional.empty();

    PolicyShow(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "policy.show";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("policy", id).putIfPresent("version", version).build();
    }
}
