package dev.mapsovereign.auditlog.bundle;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/**
 * What a bundle holds, {@code bundle.json}: canonical JSON (RFC 8785), so that it too has one form.
 *
 * <pre>
 * {"created_at": "2026-11-23T18:08:00Z", "node": "site.1a2b3c4d", "number": 2, "previous": 1,
 *  "product_version": "0.1.0", "v": 1,
 *  "tenants": [{"tenant", "origin", "from", "to", "root_from", "root_to", "last_record_hash"}],
 *  "logs": [{"tenant", "origin", "size", "root"}]}
 * </pre>
 *
 * <p>Sizes and numbers are JSON numbers, hashes lower-case hex; {@code previous} is left out in the
 * first bundle of a medium. Both lists are in ascending order of the tenants' ids.
 *
 * @param number the node's export number, from 1
 * @param previous the number of the bundle before on this medium
 * @param tenants whose records are in this bundle; {@code _node} always is
 * @param logs all logs of the node as they stood, so that a tenant left out is known to be
 */
public record BundleDescription(
        String productVersion,
        Instant createdAt,
        String node,
        long number,
        OptionalLong previous,
        List<Range> tenants,
        List<Log> logs) {
    private static final int VERSION = 1;
    private static final int HASH_BYTES = 32;

    /** A node has at most some thousand logs; 200 bytes each. */
    private static final JsonReader.Limits LIMITS = new JsonReader.Limits(8, 16 << 20);

    private static final Set<String> MEMBERS =
            Set.of(
                    "created_at",
                    "logs",
                    "node",
                    "number",
                    "previous",
                    "product_version",
                    "tenants",
                    "v");

    /**
     * @throws BundleException when the parts do not fit together
     */
    public BundleDescription {
        tenants = List.copyOf(tenants);
        logs = List.copyOf(logs);
        requireAscending(tenants.stream().map(Range::tenant).toList());
        requireAscending(logs.stream().map(Log::tenant).toList());
        if (number < 1 || (previous.isPresent() && previous.getAsLong() >= number)) {
            throw wrong("number " + number + " with previous " + previous);
        }
        if (!createdAt.equals(createdAt.truncatedTo(ChronoUnit.SECONDS))) {
            throw wrong("created_at has fractions of a second");
        }
    }

    /**
     * The records of one tenant in this bundle: {@code from} ≤ index &lt; {@code to}.
     *
     * @param rootFrom root of the tree of size {@code from}
     * @param rootTo root of the tree of size {@code to}
     * @param lastRecordHash record hash of index {@code to - 1}; 32 zero bytes when {@code to} is 0
     */
    public record Range(
            TenantId tenant,
            String origin,
            long from,
            long to,
            byte[] rootFrom,
            byte[] rootTo,
            byte[] lastRecordHash) {
        /**
         * @throws BundleException when it is no range
         */
        public Range {
            if (from < 0 || to < from) {
                throw wrong("range from " + from + " to " + to + " of " + tenant);
            }
            requireHash(rootFrom);
            requireHash(rootTo);
            requireHash(lastRecordHash);
        }

        JsonObject json() {
            return JsonObject.builder()
                    .put("from", from)
                    .put("last_record_hash", Hex.encode(lastRecordHash))
                    .put("origin", origin)
                    .put("root_from", Hex.encode(rootFrom))
                    .put("root_to", Hex.encode(rootTo))
                    .put("tenant", tenant.value())
                    .put("to", to)
                    .build();
        }

        static Range of(JsonObject json) {
            return new Range(
                    TenantId.of(text(json, "tenant")),
                    text(json, "origin"),
                    whole(json, "from"),
                    whole(json, "to"),
                    Hex.decode(text(json, "root_from")),
                    Hex.decode(text(json, "root_to")),
                    Hex.decode(text(json, "last_record_hash")));
        }
    }

    /**
     * A log of the node at the time of the export.
     *
     * @param root of the tree of that size
     */
    public record Log(TenantId tenant, String origin, long size, byte[] root) {
        /**
         * @throws BundleException for a size or root that is none
         */
        public Log {
            if (size < 0) {
                throw wrong("size " + size + " of " + tenant);
            }
            requireHash(root);
        }

        JsonObject json() {
            return JsonObject.builder()
                    .put("origin", origin)
                    .put("root", Hex.encode(root))
                    .put("size", size)
                    .put("tenant", tenant.value())
                    .build();
        }

        static Log of(JsonObject json) {
            return new Log(
                    TenantId.of(text(json, "tenant")),
                    text(json, "origin"),
                    whole(json, "size"),
                    Hex.decode(text(json, "root")));
        }
    }

    /** The range of a tenant; empty if this bundle has none of it. */
    public Optional<Range> range(TenantId tenant) {
        return tenants.stream().filter(range -> range.tenant().equals(tenant)).findFirst();
    }

    /** The file's bytes. */
    public byte[] bytes() {
        JsonObject.Builder json =
                JsonObject.builder()
                        .put("created_at", createdAt.toString())
                        .put("logs", array(logs.stream().map(Log::json).toList()))
                        .put("node", node)
                        .put("number", number)
                        .put("product_version", productVersion)
                        .put("tenants", array(tenants.stream().map(Range::json).toList()))
                        .put("v", VERSION);
        previous.ifPresent(value -> json.put("previous", value));
        return CanonicalJson.encode(json.build());
    }

    /**
     * The description of those bytes.
     *
     * @throws BundleException for any bytes that {@link #bytes} would not give
     */
    public static BundleDescription parse(byte[] bytes) {
        BundleDescription description;
        try {
            JsonObject json = JsonReader.parseObject(bytes, LIMITS);
            if (!MEMBERS.containsAll(json.members().keySet()) || whole(json, "v") != VERSION) {
                throw wrong("not version 1 of this format");
            }
            description =
                    new BundleDescription(
                            text(json, "product_version"),
                            Instant.parse(text(json, "created_at")),
                            text(json, "node"),
                            whole(json, "number"),
                            json.has("previous")
                                    ? OptionalLong.of(whole(json, "previous"))
                                    : OptionalLong.empty(),
                            list(json, "tenants", Range::of),
                            list(json, "logs", Log::of));
        } catch (JsonException | IllegalArgumentException | DateTimeException e) {
            throw new BundleException("bundle.json: " + e.getMessage(), e);
        }
        byte[] again = description.bytes();
        if (!Arrays.equals(again, bytes)) {
            throw wrong(
                    "not in the one form it can have, from byte " + Arrays.mismatch(again, bytes));
        }
        return description;
    }

    private static <T> List<T> list(JsonObject json, String name, Function<JsonObject, T> reader) {
        JsonArray array = json.array(name).orElseThrow(() -> wrong("no list " + name));
        List<T> list = new ArrayList<>(array.size());
        for (JsonValue value : array.values()) {
            if (!(value instanceof JsonObject object)) {
                throw wrong("list " + name + " holds something else than objects");
            }
            list.add(reader.apply(object));
        }
        return list;
    }

    private static JsonArray array(List<JsonObject> objects) {
        return JsonArray.of(objects.toArray(new JsonValue[0]));
    }

    private static String text(JsonObject json, String name) {
        return json.text(name).orElseThrow(() -> wrong("no text " + name));
    }

    private static long whole(JsonObject json, String name) {
        return json.integer(name).orElseThrow(() -> wrong("no number " + name));
    }

    private static void requireHash(byte[] hash) {
        if (hash.length != HASH_BYTES) {
            throw wrong("a hash has 32 bytes, not " + hash.length);
        }
    }

    private static void requireAscending(List<TenantId> tenants) {
        for (int i = 1; i < tenants.size(); i++) {
            if (tenants.get(i - 1).compareTo(tenants.get(i)) >= 0) {
                throw wrong("tenants out of order at " + tenants.get(i));
            }
        }
    }

    private static BundleException wrong(String message) {
        return new BundleException("bundle.json: " + message);
    }
}
