package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.Node;
import dev.mapsovereign.node.NodeConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map serve}: runs the node until it is told to stop. */
@Command(
        name = "serve",
        description = {
            "Runs the node until SIGTERM: refuse new calls, finish those in flight, close the log.",
            "Logs one JSON object a line on standard output."
        },
        footer = {"", "Example:", "  map serve --config /etc/map/map.toml"})
final class Serve extends Verb {
    @Option(
            names = "--check-config",
            description = "Reads the configuration, reports every problem, and ends.")
    private boolean checkConfig;

    Serve(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        NodeConfig config = NodeConfig.load(configFile(), terminal().environment());
        if (checkConfig) {
            terminal().show(JsonObject.builder().put("configuration", "good").build(), output());
            return ExitCode.DONE;
        }
        try (Node node = Node.start(config)) {
            node.awaitStop();
        }
        return ExitCode.DONE;
    }
}
