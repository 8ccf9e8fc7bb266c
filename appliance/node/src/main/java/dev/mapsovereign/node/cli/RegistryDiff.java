package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map registry diff}: what one snapshot says otherwise than another. */
@Command(
        name = "diff",
        description = {
            "Compares two snapshots that are kept: who is new, changed, ended or gone.",
            "Counts all, lists as many as --limit allows."
        },
        footer = {"", "Example:", "  map registry diff 41 42"})
final class RegistryDiff extends AdministrativeVerb {
    @Parameters(index = "0", paramLabel = "A", description = "Number of the one.")
    private long from;

    @Parameters(index = "1", paramLabel = "B", description = "Number of the other.")
    private long to;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "Changes listed at most, up to 10000; 100 unless told.")
    private long limit = 100;

    RegistryDiff(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "registry.diff";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("from", from).put("to", to).put("limit", limit).build();
    }
}
