package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** {@code map-verify serve-tiles}: logs of a medium or a mirror for other people's readers. */
final class ServeTilesCommand {
    /** What {@code --help} prints. */
    static final String HELP =
            """
            map-verify serve-tiles: serve logs to tile readers on this machine

            usage: map-verify serve-tiles DIR [--port PORT]

              DIR          a node's folder on a medium or in a mirror, MAP-AUDIT/<node>, or one
                           log's folder in it, logs/<tenant>
              --port PORT  on 127.0.0.1; default: any that is free

            Prints the address and serves until it is stopped: C2SP tlog-tiles, below /<tenant>/ or,
            for one log, below /. Read-only; it verifies nothing and hands out what lies there.

            exit status: 0 stopped, 2 the command line is wrong, 3 no such folder or port.

            example:
              map-verify serve-tiles /srv/station/mirror/MAP-AUDIT/alpha.0a1b2c3d --port 8080
            """;

    private ServeTilesCommand() {}

    static void run(List<String> arguments, PrintStream out, PrintStream err) {
        Arguments given = Arguments.parse("serve-tiles", arguments, Set.of("--port"), Set.of());
        List<Path> paths = given.paths();
        if (paths.size() > 1) {
            throw given.usage("one DIR at a time");
        }
        try (TileServer server = new TileServer(logs(paths.getFirst()), port(given))) {
            out.println(server.url());
            out.flush();
            err.println("serving until stopped");
            server.serve();
        } catch (IOException e) {
            throw new OperatorException(ExitCode.ENVIRONMENT, "cannot serve: " + e, e);
        }
    }

    /** The folder below which paths are looked up. */
    static Path logs(Path given) {
        Path logs = given.resolve(BundleLayout.LOGS);
        Path folder = Files.isDirectory(logs) ? logs : given;
        if (!Files.isDirectory(folder)) {
            throw new OperatorException(ExitCode.ENVIRONMENT, given + " is not a folder");
        }
        return folder;
    }

    private static int port(Arguments given) {
        String port = given.value("--port").orElse("0");
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65_535) {
            throw given.usage("--port is 0 to 65535");
        }
        return Integer.parseInt(port);
    }
}
