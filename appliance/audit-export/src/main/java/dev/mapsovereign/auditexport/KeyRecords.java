package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.KeyRotation;
import dev.mapsovereign.auditlog.record.LogKeys;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where in {@code _node} the records stand that introduce keys: {@code TenantCreated} and {@code
 * KeyRotated}. They are few among many, so what was found is remembered in a file beside the
 * ledger; a memory only, every record named in it is read again before it is used.
 */
final class KeyRecords {
    private static final String FILE = "key-records.json";

    /** A record that does not contain this text is of neither kind. */
    private static final List<byte[]> MARKS =
            List.of(mark(EventType.TENANT_CREATED), mark(EventType.KEY_ROTATED));

    private final AuditLog log;
    private final Path file;
    private final SortedMap<String, List<Long>> byOrigin = new TreeMap<>();
    private long scanned;

    private KeyRecords(AuditLog log, Path file) {
        this.log = log;
        this.file = file;
    }

    /** All key records below a size of {@code _node}. */
    static KeyRecords upTo(AuditLog log, long size, Path ledgerFolder) throws IOException {
        KeyRecords records = new KeyRecords(log, ledgerFolder.resolve(FILE));
        records.remember();
        if (records.scanned < size) {
            records.scan(size);
            records.keep();
        }
        return records;
    }

    /** The indexes of a log's key records below a size of {@code _node}, ascending. */
    List<Long> of(String origin, long nodeSize) {
        return byOrigin.getOrDefault(origin, List.of()).stream()
                .filter(index -> index < nodeSize)
                .toList();
    }

    private void scan(long size) {
        while (scanned < size) {
            int count = (int) Math.min(Limits.SCAN_RECORDS, size - scanned);
            for (byte[] leaf : log.leaves(TenantId.NODE, scanned, count)) {
                if (MARKS.stream().anyMatch(mark -> contains(leaf, mark))) {
                    take(AuditRecord.parse(ChainRule.record(leaf)));
                }
                scanned++;
            }
        }
    }

    private void take(AuditRecord record) {
        if (record.eventType().equals(EventType.TENANT_CREATED.wire())) {
            add(LogKeys.of(record).origin(), record.index());
        } else if (record.eventType().equals(EventType.KEY_ROTATED.wire())) {
            add(KeyRotation.of(record).origin(), record.index());
        }
    }

    private void add(String origin, long index) {
        byOrigin.computeIfAbsent(origin, o -> new ArrayList<>()).add(index);
    }

    /** Whatever is wrong with the file, scanning from the beginning mends it. */
    private void remember() throws IOException {
        if (!Files.isRegularFile(file)) {
            return;
        }
        try {
            JsonObject json =
                    JsonReader.parseObject(Files.readAllBytes(file), JsonReader.Limits.DEFAULT);
            if (!json.text("node").orElse("").equals(log.node())) {
                return;
            }
            json.object("records").orElse(JsonObject.EMPTY).members().forEach(this::remember);
            scanned = json.integer("scanned").orElse(0);
        } catch (JsonException e) {
            byOrigin.clear();
        }
    }

    private void remember(String origin, JsonValue indexes) {
        if (indexes instanceof JsonArray array) {
            for (JsonValue index : array.values()) {
                if (index instanceof JsonNumber number && number.isWhole()) {
                    add(origin, number.longValue());
                }
            }
        }
    }

    private void keep() throws IOException {
        JsonObject.Builder records = JsonObject.builder();
        byOrigin.forEach((origin, indexes) ->
                records.put(
                        origin,
                        JsonArray.of(
                                indexes.stream().map(JsonNumber::of).toArray(JsonValue[]::new))));
        JsonObject json =
                JsonObject.builder()
                        .put("node", log.node())
                        .put("records", records.build())
                        .put("scanned", scanned)
                        .build();
        DurableFiles.write(file, CanonicalJson.encode(json), Mode.PRIVATE);
    }

    private static byte[] mark(EventType event) {
        return ("\"event_type\":\"" + event.wire() + "\"").getBytes(StandardCharsets.US_ASCII);
    }

    private static boolean contains(byte[] in, byte[] what) {
        for (int at = 0; at + what.length <= in.length; at++) {
            int i = 0;
            while (i < what.length && in[at + i] == what[i]) {
                i++;
            }
            if (i == what.length) {
                return true;
            }
        }
        return false;
    }
}
