package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.NodeConfig;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.node.control.ControlClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How an administrative verb reaches what it works on: through the control socket where a node
 * runs, else by taking the node's locks itself. Either way the same code runs and the same records
 * are written.
 */
public final class AdminDoor {
    /** An export of many records onto a slow stick takes hours; a verb that hangs takes no more. */
    private static final Duration CALL_MAX = Duration.ofHours(12);

    private final NodeConfig config;
    private final Consumer<String> progress;

    private AdminDoor(NodeConfig config, Consumer<String> progress) {
        this.config = config;
        this.progress = progress;
    }

    /** A door to the node of that configuration; {@code progress} gets lines for people. */
    public static AdminDoor of(
            Optional<Path> configFile, Map<String, String> environment, Consumer<String> progress) {
        return new AdminDoor(NodeConfig.load(configFile, environment), progress);
    }

    /**
     * Runs {@code verb}.
     *
     * @throws OperatorException with the exit code and hint that the verb has
     */
    public JsonObject call(String verb, JsonObject arguments) {
        ControlClient node = client();
        if (node.nodeListens()) {
            return node.call(verb, arguments, line -> line.text("message").ifPresent(progress));
        }
        try (NodeCore core = NodeCore.open(config)) {
            return new AdminVerbs(core).handle(verb, arguments, progress);
        }
    }

    /** Runs a verb that only a running node can answer. */
    public JsonObject callNode(String verb, JsonObject arguments) {
        ControlClient node = client();
        if (!node.nodeListens()) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "no node listens on " + config.folders().controlSocket(),
                    "start it with: map serve");
        }
        return node.call(verb, arguments);
    }

    private ControlClient client() {
        return new ControlClient(config.folders().controlSocket(), CALL_MAX);
    }
}
