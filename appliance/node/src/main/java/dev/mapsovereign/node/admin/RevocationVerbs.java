package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.ca.RevocationList;
import dev.mapsovereign.ca.RevocationReason;
import dev.mapsovereign.ca.Revocations;
import dev.mapsovereign.node.NodeCore;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Taking certificates back, and the lists that say so. */
final class RevocationVerbs {
    private RevocationVerbs() {}

    /** Takes one certificate back. */
    static JsonObject revoke(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        core.requireClock();
        String serial = Arguments.parsed(arguments, "serial", Revocations::serial);
        RevocationReason reason = Arguments.parsed(arguments, "reason", RevocationReason::of);
        Revocations.Outcome outcome =
                core.certificateAuthority().revocations().revoke(serial, reason);
        return outcome.revocation().facts().toBuilder()
                .put("revoked_before", outcome.already())
                .put("crl", outcome.list().facts())
                .build();
    }

    /** Makes the lists anew, and copies them where others read them. */
    static JsonObject lists(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        core.requireClock();
        Optional<Path> out = arguments.text("out").map(_ -> Arguments.path(arguments, "out"));
        List<RevocationList> made = core.certificateAuthority().revocations().makeLists();
        JsonObject.Builder facts =
                JsonObject.builder()
                        .put(
                                "crls",
                                new JsonArray(
                                        made.stream()
                                                .<JsonValue>map(RevocationList::facts)
                                                .toList()));
        out.ifPresent(target ->
                facts.put(
                        "copies",
                        JsonArray.ofStrings(
                                Revocations.copy(made, target).stream()
                                        .map(Path::toString)
                                        .toList())));
        return facts.build();
    }
}
