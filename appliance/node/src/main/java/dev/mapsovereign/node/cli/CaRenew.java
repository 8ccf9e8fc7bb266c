package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map ca renew}: what ends lasts longer. */
@Command(
        name = "renew",
        description = {
            "Issues the gateway's certificate once more, for the same names and key.",
            "It takes the place of the old one; a running node shows it at once. The issuer is renewed",
            "first if it would end before, as far as the root's key is on this host."
        },
        footer = {"", "Example:", "  map ca renew"})
final class CaRenew extends AdministrativeVerb {
    @Option(
            names = "--issuer",
            paramLabel = "NAME",
            description = "Renews an issuer instead: server or agent.")
    private Optional<String> issuer = Optional.empty();

    CaRenew(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "ca.renew";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().putIfPresent("issuer", issuer).build();
    }
}
