package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map ca crl}: revocation lists. */
@Command(
        name = "crl",
        description = {
            "Makes the revocation list of each issuer whose key is here, valid for seven days.",
            "map-crl-refresh.timer does so each day."
        },
        footer = {"", "Example:", "  map ca crl --out /srv/pki"})
final class CaCrl extends AdministrativeVerb {
    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Copies server.crl and agent.crl there as well, for others to read.")
    private Optional<Path> out = Optional.empty();

    CaCrl(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "ca.crl";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .putIfPresent("out", out.map(folder -> folder.toAbsolutePath().toString()))
                .build();
    }
}
