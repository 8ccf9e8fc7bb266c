package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map apikey list}: the API keys. */
@Command(
        name = "list",
        description = "Lists API keys without their secrets.",
        footer = {"", "Example:", "  map apikey list --tenant acme"})
final class ApiKeyList extends AdministrativeVerb {
    @Option(names = "--tenant", paramLabel = "TENANT", description = "Only of this tenant.")
    private Optional<String> tenant = Optional.empty();

    ApiKeyList(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "apikey.list";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().putIfPresent("tenant", tenant).build();
    }
}
