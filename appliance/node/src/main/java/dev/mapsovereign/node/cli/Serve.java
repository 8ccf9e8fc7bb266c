package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.node.GatewayNode;
import dev.mapsovereign.node.Node;
import dev.mapsovereign.node.NodeConfig;
import dev.mapsovereign.node.Role;
import dev.mapsovereign.node.Service;
import dev.mapsovereign.node.control.ControlClient;
import dev.mapsovereign.node.service.Hangup;
import dev.mapsovereign.node.service.ServiceManager;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
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
    /** It only reads the configuration. */
    static final String CHECK_CONFIG = "--check-config";

    /** Its life is one start. */
    static final String UNTIL_READY = "--until-ready";

    /** A node that takes longer to say how it is does not answer calls either. */
    private static final Duration ANSWER_MAX = Duration.ofSeconds(10);

    @Option(
            names = CHECK_CONFIG,
            description = "Reads the configuration, reports every problem, and ends.")
    private boolean checkConfig;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            description = {
                "all, the default: gateway and engine in one;",
                "gateway: takes calls, hands them to engine hosts;",
                "engine: answers gateways alone. Goes before node.role."
            })
    private Optional<String> role = Optional.empty();

    @Option(
            names = UNTIL_READY,
            description =
                    "Starts, and stops in order as soon as the node is ready: for map-prepare.")
    private boolean untilReady;

    Serve(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        NodeConfig config = read();
        if (checkConfig) {
            terminal().show(facts(config), output());
            return ExitCode.DONE;
        }
        try (ServiceManager manager = ServiceManager.of(terminal().environment());
                Service node = start(config)) {
            ControlClient itself = new ControlClient(config.folders().controlSocket(), ANSWER_MAX);
            Hangup.handle(node::reload);
            manager.ready(() -> state(itself.call("ready", JsonObject.EMPTY)));
            if (!untilReady) {
                node.awaitStop(manager::stopping);
            }
        }
        return ExitCode.DONE;
    }

    private Service start(NodeConfig config) {
        return config.role() == Role.GATEWAY
                ? GatewayNode.start(config, this::read, ServiceManager.listeningSocket())
                : Node.start(config, this::read, ServiceManager.listeningSocket());
    }

    private NodeConfig read() {
        return NodeConfig.load(configFile(), terminal().environment(), chosenRole());
    }

    private Optional<Role> chosenRole() {
        try {
            return role.map(Role::parse);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    /** Where it would listen and what it might connect to, for map-units. */
    private static JsonObject facts(NodeConfig config) {
        return JsonObject.builder()
                .put("configuration", "good")
                .put("gateway", config.gateway().bind().toString())
                .put("metrics", config.metrics().bind().toString())
                .put("registry", config.registry().bind().toString())
                .put(
                        "allowed_egress",
                        new JsonArray(
                                config.engine().egress().entries().stream()
                                        .<JsonValue>map(JsonString::new)
                                        .toList()))
                .build();
    }

    /** The report in one line, for {@code systemctl status}. */
    private static String state(JsonObject report) {
        if (report.bool("ready").orElse(false)) {
            return "ready";
        }
        return "not ready: "
                + report.array("not_ready").orElse(JsonArray.EMPTY).values().stream()
                        .map(notice ->
                                notice instanceof JsonObject named
                                        ? named.text("component").orElse("?")
                                        : "?")
                        .collect(Collectors.joining(", "));
    }
}
