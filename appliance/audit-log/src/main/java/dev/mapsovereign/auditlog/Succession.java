package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.note.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * What a log takes over from the one before it in its folder: the file {@code succession}, written
 * by {@link NewLog} and read at each start, until every log that it names has said so in its own
 * record 0.
 *
 * @param formerNode whose log it was
 * @param reason why it does not go on, in the operator's words
 * @param former the newest checkpoint of each of its logs, the node's own first
 * @param moved whether the former log lies aside completely; else nothing may be opened
 */
record Succession(String formerNode, String reason, List<Checkpoint> former, boolean moved) {
    static final String FILE = "succession";

    /** What the folder's log takes over; empty if it was the first there. */
    static Optional<Succession> read(Path folder) throws IOException, JournalDamageException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonObject object =
                    JsonReader.parseObject(Files.readAllBytes(file), JsonReader.Limits.DEFAULT);
            List<Checkpoint> former = new ArrayList<>();
            for (JsonValue each : object.array("former").orElseThrow().values()) {
                former.add(checkpoint((JsonObject) each));
            }
            return Optional.of(
                    new Succession(
                            object.text("former_node").orElseThrow(),
                            object.text("reason").orElseThrow(),
                            former,
                            object.bool("moved").orElseThrow()));
        } catch (JsonException
                | NoSuchElementException
                | ClassCastException
                | IllegalArgumentException e) {
            throw new JournalDamageException(file + " cannot be read: " + e.getMessage());
        }
    }

    void write(Path folder) throws IOException {
        JsonObject object =
                JsonObject.builder()
                        .put("former_node", formerNode)
                        .put("reason", reason)
                        .put(
                                "former",
                                new JsonArray(
                                        former.stream().<JsonValue>map(Succession::json).toList()))
                        .put("moved", moved)
                        .build();
        DurableFiles.write(folder.resolve(FILE), CanonicalJson.encode(object), Mode.PRIVATE);
    }

    Succession withMoved() {
        return new Succession(formerNode, reason, former, true);
    }

    /** Whose log a checkpoint is of. */
    static TenantId tenant(Checkpoint checkpoint) {
        String origin = checkpoint.origin();
        String name = origin.substring(origin.lastIndexOf('/') + 1);
        return name.equals(TenantId.NODE.value()) ? TenantId.NODE : TenantId.of(name);
    }

    /** What the first record of the new log says, in {@code meta.continues}. */
    Optional<JsonObject> continues(TenantId tenant) {
        return former.stream()
                .filter(checkpoint -> tenant(checkpoint).equals(tenant))
                .findFirst()
                .map(checkpoint ->
                        JsonObject.builder()
                                .put("origin", checkpoint.origin())
                                .put("size", Long.toString(checkpoint.size()))
                                .put("root", Hex.encode(checkpoint.root()))
                                .put("reason", reason)
                                .build());
    }

    /** The tenants whose logs go on, without the node's own. */
    List<TenantId> tenants() {
        return former.stream().map(Succession::tenant).filter(each -> !each.isNode()).toList();
    }

    private static JsonObject json(Checkpoint checkpoint) {
        return JsonObject.builder()
                .put("origin", checkpoint.origin())
                .put("size", Long.toString(checkpoint.size()))
                .put("root", Hex.encode(checkpoint.root()))
                .build();
    }

    private static Checkpoint checkpoint(JsonObject json) {
        return new Checkpoint(
                json.text("origin").orElseThrow(),
                Long.parseLong(json.text("size").orElseThrow()),
                Hex.decode(json.text("root").orElseThrow()));
    }
}
