package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code map clock set-floor}: what time it is past already. */
@Command(
        name = "set-floor",
        description = {
            "Sets the operator's time floor; recorded.",
            "Not ahead of the clock, and not below the build time of the release and the issue time of",
            "the newest registry snapshot."
        },
        footer = {"", "Example:", "  map clock set-floor 2027-01-01T00:00:00Z"})
final class ClockSetFloor extends AdministrativeVerb {
    @Parameters(paramLabel = "TIME", description = "RFC 3339, such as 2027-01-01T00:00:00Z.")
    private String time = "";

    ClockSetFloor(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "clock.set-floor";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("time", time).build();
    }
}
