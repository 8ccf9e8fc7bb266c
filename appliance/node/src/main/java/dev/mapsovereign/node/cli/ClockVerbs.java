package dev.mapsovereign.node.cli;

import picocli.CommandLine.Command;

/** {@code map clock …}; alone it is {@code map clock status}. */
@Command(
        name = "clock",
        description = "The clock, and the time floor: no time before it is believed.",
        footer = {"", "Example:", "  map clock && echo the clock is not before the floor"},
        subcommands = {ClockStatus.class, ClockSetFloor.class})
final class ClockVerbs extends ClockLook {
    ClockVerbs(Terminal terminal) {
        super(terminal);
    }
}
