package dev.mapsovereign.auditlog.checkpoint;

import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.record.KeyRotation;
import dev.mapsovereign.auditlog.record.RecordException;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One rotation of all logs' keys, decided before anything is done: {@code
 * <audit>/log-keys/<epoch>}, one JSON object in RFC 8785 form. It stays for ever, since it is how
 * this node knows which keys its older checkpoints were signed with. Public keys only.
 *
 * @param epoch that it leads to, from 1 without gaps
 * @param logs every log that existed then, {@code _node}'s first
 */
public record RotationPlan(int epoch, List<KeyRotation> logs) {
    private static final int VERSION = 1;

    /** Some 8 KB for each log: ten thousand of them. */
    private static final JsonReader.Limits LIMITS = new JsonReader.Limits(8, 128 << 20);

    /** The list is copied. */
    public RotationPlan {
        logs = List.copyOf(logs);
    }

    /** What it says of a log; empty for one that did not exist then. */
    public Optional<KeyRotation> of(String origin) {
        return logs.stream().filter(log -> log.origin().equals(origin)).findFirst();
    }

    /** Makes it durable. */
    public void write(Path folder) throws IOException {
        DurableFiles.createDirectories(folder, Mode.PRIVATE);
        JsonObject json =
                JsonObject.builder()
                        .put("epoch", epoch)
                        .put(
                                "logs",
                                JsonArray.of(
                                        logs.stream()
                                                .map(KeyRotation::meta)
                                                .toArray(JsonValue[]::new)))
                        .put("v", VERSION)
                        .build();
        DurableFiles.writeNew(
                folder.resolve(Integer.toString(epoch)), CanonicalJson.encode(json), Mode.PRIVATE);
    }

    /**
     * All that there are, by ascending epoch.
     *
     * @throws JournalDamageException if one is missing or is none
     */
    public static List<RotationPlan> readAll(Path folder)
            throws IOException, JournalDamageException {
        List<RotationPlan> plans = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return plans;
        }
        DurableFiles.deleteLeftovers(folder);
        for (int epoch = 1; Files.exists(folder.resolve(Integer.toString(epoch))); epoch++) {
            plans.add(read(folder.resolve(Integer.toString(epoch)), epoch));
        }
        try (var files = Files.list(folder)) {
            if (files.count() != plans.size()) {
                throw new JournalDamageException(
                        folder + " lacks the key rotation " + (plans.size() + 1));
            }
        }
        return plans;
    }

    private static RotationPlan read(Path file, int epoch)
            throws IOException, JournalDamageException {
        try {
            JsonObject json = JsonReader.parseObject(Files.readAllBytes(file), LIMITS);
            List<KeyRotation> logs = new ArrayList<>();
            for (JsonValue log : json.array("logs").orElse(JsonArray.EMPTY).values()) {
                if (!(log instanceof JsonObject meta)) {
                    throw new RecordException("logs holds something else than objects");
                }
                logs.add(KeyRotation.of(meta));
            }
            if (json.integer("v").orElse(0) != VERSION
                    || json.integer("epoch").orElse(0) != epoch
                    || logs.isEmpty()) {
                throw new RecordException("another version or epoch");
            }
            return new RotationPlan(epoch, logs);
        } catch (JsonException | RecordException e) {
            throw new JournalDamageException(file + " holds no key rotation", e);
        }
    }
}
