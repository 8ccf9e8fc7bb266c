package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map clock status}: clock and floor. */
@Command(
        name = "status",
        description = {
            "Shows the clock, the time floor, and where the floor comes from.",
            "Ends with 1 while the clock lies before the floor."
        },
        footer = {"", "Example:", "  map clock status --output json"})
final class ClockStatus extends ClockLook {
    ClockStatus(Terminal terminal) {
        super(terminal);
    }
}
