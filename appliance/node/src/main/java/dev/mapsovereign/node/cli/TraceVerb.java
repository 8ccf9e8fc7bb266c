package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map trace}: where the time of single calls went. */
@Command(
        name = "trace",
        description = {
            "Shows the newest traced calls that the running node has in memory, of all tenants.",
            "For each: how long it took, and in which stage. Needs trace.kept in the configuration."
        },
        footer = {"", "Example:", "  map trace --limit 5"})
final class TraceVerb extends NodeVerb {
    @Option(names = "--correlation-id", paramLabel = "ID", description = "This call and no other.")
    private Optional<String> correlationId = Optional.empty();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "20",
            description = "How many at most, 1 to 256 (default 20).")
    private int limit;

    TraceVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "trace";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("limit", limit)
                .putIfPresent("correlation_id", correlationId)
                .build();
    }
}
