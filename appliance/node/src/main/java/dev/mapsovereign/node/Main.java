package dev.mapsovereign.node;

import dev.mapsovereign.node.cli.Commands;
import dev.mapsovereign.node.log.JsonLog;

/**
 * The program {@code map}: hands its arguments to {@link Commands} and ends with their exit code.
 */
public final class Main {
    private Main() {}

    /**
     * Runs one verb; the process's exit status is that of {@code
     * dev.mapsovereign.base.error.ExitCode}.
     */
    public static void main(String[] arguments) {
        JsonLog.prepare();
        System.exit(Commands.run(arguments, System.getenv(), System.out, System.err));
    }
}
