package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.BuildInfo;
import picocli.CommandLine.Command;

/** {@code map version}: what this is. */
@Command(
        name = "version",
        description = "Shows version and build.",
        footer = {"", "Example:", "  map version --output json"})
final class Version extends Verb {
    Version(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        BuildInfo build = BuildInfo.read();
        terminal()
                .show(
                        JsonObject.builder()
                                .put("product", "MAP Sovereign")
                                .put("version", build.version())
                                .put("java", Runtime.version().toString())
                                .build(),
                        output());
        return ExitCode.DONE;
    }
}
