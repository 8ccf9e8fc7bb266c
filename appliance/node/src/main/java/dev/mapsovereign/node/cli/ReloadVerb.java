package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.admin.AdminDoor;
import picocli.CommandLine.Command;

/** {@code map reload}: what SIGHUP does, with an answer. */
@Command(
        name = "reload",
        description = {
            "Asks the running node to read its configuration and TLS files again.",
            "Applied at once: log.filter, and the certificate and key of [gateway.tls]. What else",
            "changed is listed; it takes effect at the next start. With a problem in the",
            "configuration nothing is changed."
        },
        footer = {"", "Example:", "  map reload"})
final class ReloadVerb extends Verb {
    ReloadVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        terminal()
                .show(
                        AdminDoor.of(configFile(), terminal().environment(), terminal()::say)
                                .callNode("reload", JsonObject.EMPTY),
                        output());
        return ExitCode.DONE;
    }
}
