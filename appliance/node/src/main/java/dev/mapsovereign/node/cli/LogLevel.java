package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map log level}: what is logged from now on. */
@Command(
        name = "level",
        description = {
            "Changes what the running node logs, or shows it.",
            "Until the next map reload or restart, which take log.filter of the configuration again."
        },
        footer = {"", "Example:", "  map log level --filter info,dev.mapsovereign.engine=debug"})
final class LogLevel extends NodeVerb {
    @Option(
            names = "--filter",
            paramLabel = "TEXT",
            description = {
                "Level for everything, then for parts, as in log.filter;",
                "without it the level in force is shown."
            })
    private Optional<String> filter = Optional.empty();

    LogLevel(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "log.level";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().putIfPresent("filter", filter).build();
    }
}
