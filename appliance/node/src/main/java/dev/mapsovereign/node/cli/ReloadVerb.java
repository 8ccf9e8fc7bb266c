package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code map reload}: what SIGHUP does, with an answer. */
@Command(
        name = "reload",
        description = {
            "Asks the running node to read its configuration and TLS files again.",
            "Applied at once: log.filter, the certificate and key of [gateway.tls], and of external",
            "protocols the TLS files and the endpoints with their weights, and the TLS files of",
            "[trace]. What else changed is listed; it takes effect at the next start. With a problem",
            "in the configuration nothing is changed."
        },
        footer = {"", "Example:", "  map reload"})
final class ReloadVerb extends NodeVerb {
    ReloadVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "reload";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.EMPTY;
    }
}
