package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditexport.receipt.Receipts;
import dev.mapsovereign.auditexport.receipt.Station;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.note.VerifierKey;
import dev.mapsovereign.node.NodeCore;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Off-site stations: whose cosignatures count, and the receipts that came back. */
final class ReceiptVerbs {
    private ReceiptVerbs() {}

    static JsonObject enrol(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        String name = Arguments.text(arguments, "station");
        Receipts receipts = core.receipts();
        RecordReference record =
                arguments.bool("retire").orElse(false)
                        ? receipts.stations().retire(name, core.auditLog())
                        : receipts.stations().enrol(station(name, arguments), core.auditLog());
        receipts.recount();
        List<JsonValue> stations =
                receipts.stations().all(core.auditLog()).stream()
                        .<JsonValue>map(ReceiptVerbs::facts)
                        .toList();
        return JsonObject.builder()
                .put("record_index", Long.toString(record.index()))
                .put("stations", new JsonArray(stations))
                .build();
    }

    private static Station station(String name, JsonObject arguments) {
        try {
            SortedMap<TenantId, Long> from = new TreeMap<>();
            for (String each : Arguments.texts(arguments, "mirror_from")) {
                int equals = each.indexOf('=');
                if (equals < 0) {
                    throw new IllegalArgumentException("a mirror's beginning is TENANT=INDEX");
                }
                from.put(
                        TenantId.of(each.substring(0, equals)),
                        Long.parseLong(each.substring(equals + 1)));
            }
            return new Station(
                    name,
                    Arguments.texts(arguments, "keys").stream().map(VerifierKey::parse).toList(),
                    from);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    /** What people compare on paper. */
    static JsonObject facts(Station station) {
        return JsonObject.builder()
                .put("station", station.name())
                .put(
                        "keys",
                        JsonArray.ofStrings(
                                station.keys().stream()
                                        .map(key -> key.name() + " " + key.fingerprint())
                                        .toList()))
                .build();
    }

    static JsonObject importReceipt(
            NodeCore core, JsonObject arguments, Consumer<String> progress) {
        List<JsonValue> imported =
                core.receipts().take(Arguments.path(arguments, "path")).stream()
                        .<JsonValue>map(receipt ->
                                JsonObject.builder()
                                        .put("station", receipt.station())
                                        .put("tenant", receipt.tenant().value())
                                        .put("size", Long.toString(receipt.size()))
                                        .put(
                                                "states",
                                                JsonArray.ofStrings(
                                                        receipt.roles().stream().sorted().toList()))
                                        .put("new", !receipt.known())
                                        .build())
                        .toList();
        return JsonObject.builder()
                .put("receipts", new JsonArray(imported))
                .put("records_without_receipt", Long.toString(core.receipts().withoutReceipt()))
                .build();
    }
}
