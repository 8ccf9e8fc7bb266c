package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map audit enrol-station}: whose cosignatures count here. */
@Command(
        name = "enrol-station",
        description =
                "Enrols an off-site station, anew if it is enrolled already, and records that. Compare the fingerprints it prints with those on the station's paper.",
        footer = {
            "",
            "Example:",
            "  map audit enrol-station vault-1 --key 'vault-1/witness+…' --key 'vault-1/mirror+…'"
        })
final class AuditEnrolStation extends AdministrativeVerb {
    @Parameters(paramLabel = "STATION", description = "Its name.")
    private String station = "";

    @Option(
            names = "--key",
            paramLabel = "VKEY",
            description =
                    "A verifier key as 'map-verify keygen' prints it, named STATION/witness or STATION/mirror; may be repeated.")
    private List<String> keys = List.of();

    @Option(
            names = "--mirror-from",
            paramLabel = "TENANT=INDEX",
            description = "Where this station's mirror of a log begins, if not at record 0.")
    private List<String> mirrorFrom = List.of();

    @Option(names = "--retire", description = "From now on it no longer counts.")
    private boolean retire;

    AuditEnrolStation(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "audit.enrol-station";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("station", station)
                .put("keys", JsonArray.ofStrings(keys))
                .put("mirror_from", JsonArray.ofStrings(mirrorFrom))
                .put("retire", retire)
                .build();
    }
}
