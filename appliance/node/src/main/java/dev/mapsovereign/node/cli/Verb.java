package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** What all verbs share: the configuration file, the form of the output, help. */
abstract class Verb implements Callable<Integer> {
    /** Where the configuration is when nobody says otherwise. */
    static final Path CONFIGURATION_DEFAULT = Path.of("/etc/map/map.toml");

    private final Terminal terminal;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration file; default $MAP_CONFIG, else /etc/map/map.toml.")
    private Optional<Path> config = Optional.empty();

    @Option(
            names = "--output",
            paramLabel = "FORM",
            defaultValue = "human",
            description = "human or json; default human.")
    private OutputForm output = OutputForm.HUMAN;

    Verb(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Does the work; an {@code OperatorException} becomes the message and the exit code. */
    abstract ExitCode run();

    @Override
    public final Integer call() {
        return run().number();
    }

    final Terminal terminal() {
        return terminal;
    }

    final OutputForm output() {
        return output;
    }

    /** The file to read, or empty when nobody named one and the usual one is absent. */
    final Optional<Path> configFile() {
        return config.or(() ->
                        Optional.ofNullable(terminal.environment().get("MAP_CONFIG")).map(Path::of))
                .or(() -> Optional.of(CONFIGURATION_DEFAULT).filter(java.nio.file.Files::exists));
    }
}
