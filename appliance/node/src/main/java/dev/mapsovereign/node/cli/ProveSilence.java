package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.config.Durations;
import dev.mapsovereign.node.NodeConfig;
import dev.mapsovereign.node.silence.SilenceProof;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map prove-silence}: counts in the kernel what the node's user opens. */
@Command(
        name = "prove-silence",
        description = {
            "Counts in the kernel, for a while, what the node's user sends out.",
            "Every connection and datagram counts, on the host and in the node's own network, and a",
            "control shows that an attempt is heard. Answers to callers are not counted. Needs root and",
            "nft; its table is taken away again. Ends with 0 when nothing went out, with 4 when something did (to",
            "where is said), with 3 when nothing can be proved here."
        },
        footer = {"", "Example:", "  map prove-silence --for 10m"})
final class ProveSilence extends Verb {
    private static final Duration TIME_MAX = Duration.ofDays(7);

    @Option(
            names = "--for",
            paramLabel = "TIME",
            defaultValue = "10m",
            description = "How long to count, 1s to 7d; default 10m.")
    private String time = "10m";

    @Option(
            names = "--user",
            paramLabel = "NAME",
            defaultValue = "map",
            description = "The user that the node runs as; default map.")
    private String user = "map";

    @Option(names = "--attempt", hidden = true, description = "Sends the control.")
    private boolean attempt;

    ProveSilence(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        if (attempt) {
            terminal().out().println(SilenceProof.attempt());
            return ExitCode.DONE;
        }
        Duration length = length();
        NodeConfig config = NodeConfig.load(configFile(), terminal().environment());
        JsonObject report =
                SilenceProof.of(
                                user,
                                config.engine().egress().entries(),
                                List.of(
                                        Path.of(System.getProperty("map.home", "/"), "bin/map")
                                                .toString(),
                                        "prove-silence",
                                        "--attempt"))
                        .run(length, terminal()::say);
        terminal().show(report, output());
        return report.bool("silent").orElse(false) ? ExitCode.DONE : ExitCode.TAMPERING;
    }

    private Duration length() {
        try {
            Duration length = Durations.parse(time);
            if (length.compareTo(Duration.ofSeconds(1)) >= 0 && length.compareTo(TIME_MAX) <= 0) {
                return length;
            }
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.USAGE, "--for: " + e.getMessage(), e);
        }
        throw new OperatorException(ExitCode.USAGE, "--for takes 1s to 7d, not " + time);
    }
}
