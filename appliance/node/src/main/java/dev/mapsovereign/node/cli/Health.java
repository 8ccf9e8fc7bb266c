package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.admin.AdminDoor;
import picocli.CommandLine.Command;

/** {@code map health}: for containers without a shell. */
@Command(
        name = "health",
        description = "Ends with 0 when the node on this host is ready, with 1 when it is not.",
        footer = {"", "Example:", "  map health && echo ready"})
final class Health extends Verb {
    Health(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        JsonObject report =
                AdminDoor.of(configFile(), terminal().environment(), terminal()::say)
                        .callNode("ready", JsonObject.EMPTY);
        terminal().show(report, output());
        return report.bool("ready").orElse(false) ? ExitCode.DONE : ExitCode.FAILED;
    }
}
