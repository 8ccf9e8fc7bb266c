package dev.mapsovereign.node.backup;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.VerifierKey;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * What a backup is: {@code backup.json}, readable whatever is encrypted.
 *
 * @param version of the product that made it
 * @param node whose it is, with the eight digits of its journal
 * @param nodeKey signs the manifest; what is trusted is its fingerprint on paper
 * @param keys whether private keys are in it
 * @param encryptedTo the age recipients; empty for a plain one
 * @param database {@code h2}, or the product that is not in the backup
 * @param schema how many migrations the database has
 * @param parts what each part holds
 * @param logs how far the audit log reached when its journal was copied, at least
 */
record BackupDescription(
        String version,
        String node,
        VerifierKey nodeKey,
        Instant time,
        boolean keys,
        List<String> encryptedTo,
        String database,
        long schema,
        Map<BackupPart, Content> parts,
        List<Log> logs) {
    private static final long FORMAT = 1;
    private static final JsonReader.Limits LIMITS =
            new JsonReader.Limits(8, Limits.DESCRIPTION_BYTES_MAX);

    BackupDescription {
        encryptedTo = List.copyOf(encryptedTo);
        parts = Map.copyOf(parts);
        logs = List.copyOf(logs);
    }

    /**
     * How much a part holds.
     *
     * @param bytes of its files as they were on the host
     */
    record Content(long files, long bytes) {}

    /** A checkpoint of one log. */
    record Log(TenantId tenant, String origin, long size, byte[] root) {
        JsonObject json() {
            return JsonObject.builder()
                    .put("tenant", tenant.value())
                    .put("origin", origin)
                    .put("size", Long.toString(size))
                    .put("root", Hex.encode(root))
                    .build();
        }

        static Log of(JsonObject object) {
            String tenant = object.text("tenant").orElseThrow();
            return new Log(
                    tenant.equals(TenantId.NODE.value()) ? TenantId.NODE : TenantId.of(tenant),
                    object.text("origin").orElseThrow(),
                    Long.parseLong(object.text("size").orElseThrow()),
                    Hex.decode(object.text("root").orElseThrow()));
        }
    }

    boolean encrypted() {
        return !encryptedTo.isEmpty();
    }

    /** The lines of the note that signs the manifest. */
    List<String> noteLines(String manifestDigest) {
        return List.of(node, time.toString(), manifestDigest);
    }

    /** The file. */
    byte[] bytes() {
        List<JsonValue> contents = new ArrayList<>();
        for (BackupPart part : BackupPart.values()) {
            Content content = parts.get(part);
            if (content != null) {
                contents.add(
                        JsonObject.builder()
                                .put("part", part.text())
                                .put("files", content.files())
                                .put("bytes", Long.toString(content.bytes()))
                                .build());
            }
        }
        return CanonicalJson.encode(
                JsonObject.builder()
                        .put("format", FORMAT)
                        .put("version", version)
                        .put("node", node)
                        .put("node_key", nodeKey.vkey())
                        .put("time", time.toString())
                        .put("keys", keys)
                        .put("encrypted_to", JsonArray.ofStrings(encryptedTo))
                        .put("database", database)
                        .put("schema", schema)
                        .put("parts", new JsonArray(contents))
                        .put(
                                "logs",
                                new JsonArray(logs.stream().<JsonValue>map(Log::json).toList()))
                        .build());
    }

    /**
     * The description in those bytes.
     *
     * @throws IllegalArgumentException for any other bytes, and for a later format
     */
    static BackupDescription parse(byte[] bytes) {
        try {
            JsonObject object = JsonReader.parseObject(bytes, LIMITS);
            if (object.integer("format").orElse(0) != FORMAT) {
                throw new IllegalArgumentException("it is of a format that this release lacks");
            }
            Map<BackupPart, Content> parts = new EnumMap<>(BackupPart.class);
            for (JsonValue each : object.array("parts").orElseThrow().values()) {
                JsonObject part = (JsonObject) each;
                parts.put(
                        BackupPart.of(part.text("part").orElseThrow()),
                        new Content(
                                part.integer("files").orElseThrow(),
                                Long.parseLong(part.text("bytes").orElseThrow())));
            }
            return new BackupDescription(
                    object.text("version").orElseThrow(),
                    object.text("node").orElseThrow(),
                    VerifierKey.parse(object.text("node_key").orElseThrow()),
                    Instant.parse(object.text("time").orElseThrow()),
                    object.bool("keys").orElseThrow(),
                    object.array("encrypted_to").orElseThrow().values().stream()
                            .map(value -> ((JsonString) value).value())
                            .toList(),
                    object.text("database").orElseThrow(),
                    object.integer("schema").orElseThrow(),
                    parts,
                    object.array("logs").orElseThrow().values().stream()
                            .map(value -> Log.of((JsonObject) value))
                            .toList());
        } catch (JsonException
                | NoteException
                | NoSuchElementException
                | ClassCastException
                | DateTimeParseException e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
        }
    }
}
