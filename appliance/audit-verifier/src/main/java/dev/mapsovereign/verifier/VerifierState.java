package dev.mapsovereign.verifier;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the auditor has seen of each log so far; the memory without which nobody can tell that a
 * medium shows less or other than it did (docs/reference/audit-bundle.md §9). Immutable.
 */
final class VerifierState {
    private static final String KIND = "map-verify-state";
    private static final int VERSION = 1;
    private static final int HASH_BYTES = 32;
    private static final JsonReader.Limits LIMITS =
            new JsonReader.Limits(8, Limits.STATE_BYTES_MAX);

    /** What was seen of nothing. */
    static final VerifierState EMPTY = new VerifierState(new TreeMap<>());

    private final SortedMap<String, SortedMap<TenantId, Seen>> nodes;

    private VerifierState(SortedMap<String, SortedMap<TenantId, Seen>> nodes) {
        this.nodes = nodes;
    }

    /**
     * The newest that was verified of a log.
     *
     * @param keys that were in force at that size
     */
    record Seen(long size, byte[] root, byte[] lastRecordHash, List<VerifierKey> keys) {
        Seen {
            keys = List.copyOf(keys);
            if (size < 1 || root.length != HASH_BYTES || lastRecordHash.length != HASH_BYTES) {
                throw new IllegalArgumentException("not a size and two hashes of a log");
            }
        }
    }

    /** The logs seen of a node; empty if it has never been seen. */
    Optional<SortedMap<TenantId, Seen>> node(String node) {
        return Optional.ofNullable(nodes.get(node));
    }

    /** This, with one log's entry replaced. */
    VerifierState with(String node, TenantId tenant, Seen seen) {
        SortedMap<String, SortedMap<TenantId, Seen>> copy = new TreeMap<>(nodes);
        SortedMap<TenantId, Seen> logs =
                new TreeMap<>(copy.getOrDefault(node, new TreeMap<TenantId, Seen>()));
        logs.put(tenant, seen);
        copy.put(node, logs);
        return new VerifierState(copy);
    }

    /**
     * The state in a file.
     *
     * @throws OperatorException environment, if it is missing or none
     */
    static VerifierState read(Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(Limits.STATE_BYTES_MAX);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot read the state file " + file + ": " + IoReason.of(e),
                    "--init-state FILE begins one");
        }
        try {
            JsonObject json = JsonReader.parseObject(bytes, LIMITS);
            if (!Arrays.equals(CanonicalJson.encode(json), bytes)
                    || !json.text("kind").equals(Optional.of(KIND))
                    || json.integer("v").orElse(0) != VERSION) {
                throw new IllegalArgumentException("not a state of this program's version");
            }
            return new VerifierState(nodes(json.object("nodes").orElse(JsonObject.EMPTY)));
        } catch (RuntimeException e) {
            // Whatever is wrong with it: an auditor's memory is taken whole or not at all.
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "the state file " + file + ": " + e.getMessage(), e);
        }
    }

    /** Puts it in place of what the file held, synced; or in a new file. */
    void write(Path file, boolean fresh) {
        byte[] bytes = CanonicalJson.encode(json());
        try {
            if (fresh) {
                DurableFiles.writeNew(file, bytes, Mode.PRIVATE);
            } else {
                DurableFiles.write(file, bytes, Mode.PRIVATE);
            }
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot write the state file " + file + ": " + IoReason.of(e),
                    e);
        }
    }

    private static SortedMap<String, SortedMap<TenantId, Seen>> nodes(JsonObject json) {
        SortedMap<String, SortedMap<TenantId, Seen>> nodes = new TreeMap<>();
        for (Map.Entry<String, JsonValue> node : json.members().entrySet()) {
            SortedMap<TenantId, Seen> logs = new TreeMap<>();
            for (Map.Entry<String, JsonValue> log : object(node.getValue()).members().entrySet()) {
                logs.put(TenantId.of(log.getKey()), seen(object(log.getValue())));
            }
            nodes.put(node.getKey(), logs);
        }
        return nodes;
    }

    private static Seen seen(JsonObject json) {
        List<VerifierKey> keys = new ArrayList<>();
        for (JsonValue key : json.array("keys").orElse(JsonArray.EMPTY).values()) {
            keys.add(VerifierKey.parse(key instanceof JsonString(String vkey) ? vkey : ""));
        }
        return new Seen(
                Long.parseLong(json.text("size").orElse("")),
                Hex.decode(json.text("root").orElse("")),
                Hex.decode(json.text("last_record_hash").orElse("")),
                keys);
    }

    private static JsonObject object(JsonValue value) {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw new IllegalArgumentException("something else than an object");
    }

    private JsonObject json() {
        JsonObject.Builder all = JsonObject.builder();
        nodes.forEach((node, logs) -> {
            JsonObject.Builder ofNode = JsonObject.builder();
            logs.forEach((tenant, seen) -> ofNode.put(tenant.value(), json(seen)));
            all.put(node, ofNode.build());
        });
        return JsonObject.builder()
                .put("kind", KIND)
                .put("nodes", all.build())
                .put("v", VERSION)
                .build();
    }

    private static JsonObject json(Seen seen) {
        return JsonObject.builder()
                .put(
                        "keys",
                        JsonArray.ofStrings(seen.keys().stream().map(VerifierKey::vkey).toList()))
                .put("last_record_hash", Hex.encode(seen.lastRecordHash()))
                .put("root", Hex.encode(seen.root()))
                .put("size", Long.toString(seen.size()))
                .build();
    }
}
