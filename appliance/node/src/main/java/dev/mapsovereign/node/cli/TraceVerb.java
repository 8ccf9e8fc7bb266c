package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
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

    /** A line for each call, and below it one for each span, so that times stand below times. */
    @Override
    void show(JsonObject result) {
        if (output() == OutputForm.JSON) {
            terminal().show(result, output());
            return;
        }
        for (JsonValue each : result.array("traces").orElse(JsonArray.EMPTY).values()) {
            showCall((JsonObject) each);
        }
        terminal().out().flush();
    }

    private void showCall(JsonObject call) {
        terminal()
                .out()
                .printf(
                        "%s  %s  %s  %s.%s  %s%n",
                        call.text("began").orElse(""),
                        call.text("correlation_id").orElse(""),
                        call.text("tenant_id").orElse(""),
                        call.text("protocol").orElse(""),
                        call.text("operation").orElse(""),
                        call.text("code").or(() -> call.text("outcome")).orElse(""));
        for (JsonValue each : call.array("spans").orElse(JsonArray.EMPTY).values()) {
            JsonObject span = (JsonObject) each;
            terminal()
                    .out()
                    .printf(
                            "  %10d us at %10d us  %s%s%n",
                            span.integer("duration_us").orElse(0),
                            span.integer("offset_us").orElse(0),
                            span.text("name").orElse(""),
                            span.bool("failed").orElse(false) ? "  failed" : "");
        }
    }
}
