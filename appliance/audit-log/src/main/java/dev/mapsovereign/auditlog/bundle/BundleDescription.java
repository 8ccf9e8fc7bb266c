package dev.mapsovereign.auditlog.bundle;

import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.RecordTime;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.merkle.MerkleHash;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What a bundle holds, {@code bundle.json}: one JSON object in RFC 8785 form whose members are
 * those of docs/reference/audit-bundle.md §5 and no others. Numbers are decimal strings without
 * leading zeros, digests lower-case hex.
 *
 * @param number the node's export number, from 1
 * @param previous the number of the last bundle on this medium
 * @param time when the export was planned, in microseconds
 * @param ranges the exported logs: {@code _node} first, then by ascending tenant id
 * @param logs all logs of the node, in the same order
 */
public record BundleDescription(
        String productVersion,
        Instant time,
        String node,
        long number,
        OptionalLong previous,
        List<Range> ranges,
        List<Log> logs) {
    /** The largest file that is read as a description. */
    public static final int BYTES_MAX = 8 << 20;

    private static final int VERSION = 1;
    private static final int HASH_BYTES = 32;
    private static final int DECIMAL_LENGTH_MAX = 19;
    private static final Pattern NODE = Pattern.compile("[a-z0-9][a-z0-9.-]{0,40}\\.[0-9a-f]{8}");
    private static final Pattern PRINTABLE = Pattern.compile("[ !#-\\[^-~]{1,64}");
    private static final JsonReader.Limits LIMITS = new JsonReader.Limits(8, BYTES_MAX);

    private static final Set<String> MEMBERS =
            Set.of("logs", "node", "number", "previous", "product_version", "ranges", "time", "v");

    /**
     * @throws BundleException when the parts do not fit together
     */
    public BundleDescription {
        ranges = List.copyOf(ranges);
        logs = List.copyOf(logs);
        requireOrder(ranges.stream().map(Range::tenant).toList());
        requireOrder(logs.stream().map(Log::tenant).toList());
        if (number < 1 || (previous.isPresent() && previous.getAsLong() < 1)) {
            throw wrong("number " + number + " with previous " + previous);
        }
        if (!RecordTime.instant(RecordTime.micros(time)).equals(time)) {
            throw wrong("time is finer than microseconds");
        }
        if (previous.isPresent() && previous.getAsLong() >= number) {
            throw wrong("previous bundle " + previous.getAsLong() + " is not earlier");
        }
        if (!PRINTABLE.matcher(productVersion).matches()) {
            throw wrong("product_version is not 1 to 64 printable characters");
        }
        Map<TenantId, Long> sizes = new HashMap<>();
        for (Log log : logs) {
            requireOrigin(node, log.tenant(), log.origin());
            sizes.put(log.tenant(), log.size());
        }
        for (Range range : ranges) {
            requireOrigin(node, range.tenant(), range.origin());
            requireFits(range, ranges.getFirst(), sizes.getOrDefault(range.tenant(), -1L));
        }
    }

    /**
     * The records of one log in this bundle: {@code from} ≤ index &lt; {@code to}.
     *
     * @param fromRoot root of the tree of size {@code from}
     * @param toRoot root of the tree of size {@code to}
     * @param previousRecordHash record hash of index {@code from - 1}; 32 zero bytes for 0
     * @param lastRecordHash record hash of index {@code to - 1}; 32 zero bytes for 0
     * @param keyRecords indexes in {@code _node} of the records that introduce this log's keys
     * @param rotations sizes of this log's rotation checkpoints up to {@code to}
     */
    public record Range(
            TenantId tenant,
            String origin,
            long from,
            long to,
            byte[] fromRoot,
            byte[] toRoot,
            byte[] previousRecordHash,
            byte[] lastRecordHash,
            List<Long> keyRecords,
            List<Long> rotations) {
        private static final Set<String> MEMBERS =
                Set.of(
                        "from",
                        "from_root",
                        "key_records",
                        "last_record_hash",
                        "origin",
                        "previous_record_hash",
                        "rotations",
                        "tenant_id",
                        "to",
                        "to_root");

        /**
         * @throws BundleException when it is no range
         */
        public Range {
            if (from < 0 || to < from || (to == from && !tenant.isNode())) {
                throw wrong("range from " + from + " to " + to + " of " + tenant);
            }
            requireHash(fromRoot);
            requireHash(toRoot);
            requireHash(previousRecordHash);
            requireHash(lastRecordHash);
            keyRecords = List.copyOf(keyRecords);
            rotations = List.copyOf(rotations);
            requireAscending(keyRecords);
            requireAscending(rotations);
            if (to == 0) {
                throw wrong("an empty log of " + tenant + " as a range");
            }
            if (from == 0
                    && !(Arrays.equals(fromRoot, MerkleHash.empty())
                            && Arrays.equals(previousRecordHash, ChainRule.beginning()))) {
                throw wrong("range of " + tenant + " from 0 does not begin with nothing");
            }
            if (keyRecords.size() != rotations.size() + 1) {
                throw wrong("key records and rotations of " + tenant + " do not agree");
            }
            if (tenant.isNode() && keyRecords.getFirst() != 0) {
                throw wrong("_node is introduced by another record than its first");
            }
        }

        /** Both ends of the range, ascending; one if they are the same, and none for 0. */
        public List<Long> checkpointSizes() {
            return from == 0 || from == to ? List.of(to) : List.of(from, to);
        }

        JsonObject json() {
            return JsonObject.builder()
                    .put("from", Long.toString(from))
                    .put("from_root", Hex.encode(fromRoot))
                    .put("key_records", decimals(keyRecords))
                    .put("last_record_hash", Hex.encode(lastRecordHash))
                    .put("origin", origin)
                    .put("previous_record_hash", Hex.encode(previousRecordHash))
                    .put("rotations", decimals(rotations))
                    .put("tenant_id", tenant.value())
                    .put("to", Long.toString(to))
                    .put("to_root", Hex.encode(toRoot))
                    .build();
        }

        static Range of(JsonObject json) {
            requireMembers(json, MEMBERS);
            return new Range(
                    TenantId.of(text(json, "tenant_id")),
                    text(json, "origin"),
                    decimal(text(json, "from")),
                    decimal(text(json, "to")),
                    Hex.decode(text(json, "from_root")),
                    Hex.decode(text(json, "to_root")),
                    Hex.decode(text(json, "previous_record_hash")),
                    Hex.decode(text(json, "last_record_hash")),
                    decimals(json, "key_records"),
                    decimals(json, "rotations"));
        }
    }

    /**
     * A log of the node when the export was planned.
     *
     * @param root of the tree of that size
     */
    public record Log(TenantId tenant, String origin, long size, byte[] root) {
        private static final Set<String> MEMBERS = Set.of("origin", "root", "size", "tenant_id");

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
                    .put("size", Long.toString(size))
                    .put("tenant_id", tenant.value())
                    .build();
        }

        static Log of(JsonObject json) {
            requireMembers(json, MEMBERS);
            return new Log(
                    TenantId.of(text(json, "tenant_id")),
                    text(json, "origin"),
                    decimal(text(json, "size")),
                    Hex.decode(text(json, "root")));
        }
    }

    /** The range of a log; empty if this bundle has none of it. */
    public Optional<Range> range(TenantId tenant) {
        return ranges.stream().filter(range -> range.tenant().equals(tenant)).findFirst();
    }

    /**
     * The bundle's own files as its manifest lists them, before those of the ranges: the
     * description itself, checkpoints, rotations, key records.
     */
    public List<String> ownFiles() {
        List<String> files = new ArrayList<>();
        files.add(BundleLayout.description(number));
        for (Range range : ranges) {
            for (long size : range.checkpointSizes()) {
                files.add(BundleLayout.bundleCheckpoint(number, range.tenant(), size));
            }
        }
        for (Range range : ranges) {
            for (long size : range.rotations()) {
                files.add(BundleLayout.rotationCheckpoint(number, range.tenant(), size));
                if (range.tenant().isNode()) {
                    files.add(BundleLayout.rotationProof(number, size));
                }
            }
        }
        ranges.stream()
                .flatMap(range -> range.keyRecords().stream())
                .distinct()
                .sorted()
                .forEach(index -> files.add(BundleLayout.keyRecordProof(number, index)));
        return files;
    }

    private String timeText() {
        return new String(RecordTime.ascii(RecordTime.micros(time)), StandardCharsets.US_ASCII);
    }

    /** The file's bytes. */
    public byte[] bytes() {
        JsonObject.Builder json =
                JsonObject.builder()
                        .put("logs", array(logs.stream().map(Log::json).toList()))
                        .put("node", node)
                        .put("number", Long.toString(number))
                        .put("product_version", productVersion)
                        .put("ranges", array(ranges.stream().map(Range::json).toList()))
                        .put("time", timeText())
                        .put("v", VERSION);
        previous.ifPresent(value -> json.put("previous", Long.toString(value)));
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
            description = of(JsonReader.parseObject(bytes, LIMITS));
        } catch (JsonException | IllegalArgumentException e) {
            throw new BundleException("bundle.json: " + e.getMessage(), e);
        }
        byte[] again = description.bytes();
        if (!Arrays.equals(again, bytes)) {
            throw wrong(
                    "not in the one form it can have, from byte " + Arrays.mismatch(again, bytes));
        }
        return description;
    }

    private static BundleDescription of(JsonObject json) {
        if (!MEMBERS.containsAll(json.members().keySet())
                || json.integer("v").orElse(0) != VERSION) {
            throw wrong("not version 1 of this format");
        }
        return new BundleDescription(
                text(json, "product_version"),
                RecordTime.parse(text(json, "time")),
                text(json, "node"),
                decimal(text(json, "number")),
                json.has("previous")
                        ? OptionalLong.of(decimal(text(json, "previous")))
                        : OptionalLong.empty(),
                list(json, "ranges", Range::of),
                list(json, "logs", Log::of));
    }

    private static <T> List<T> list(JsonObject json, String name, Function<JsonObject, T> reader) {
        List<T> list = new ArrayList<>();
        for (JsonValue value : values(json, name)) {
            if (!(value instanceof JsonObject object)) {
                throw wrong("list " + name + " holds something else than objects");
            }
            list.add(reader.apply(object));
        }
        return list;
    }

    private static List<Long> decimals(JsonObject json, String name) {
        List<Long> list = new ArrayList<>();
        for (JsonValue value : values(json, name)) {
            if (!(value instanceof JsonString(String text))) {
                throw wrong("list " + name + " holds something else than texts");
            }
            list.add(decimal(text));
        }
        return list;
    }

    private static List<JsonValue> values(JsonObject json, String name) {
        return json.array(name).orElseThrow(() -> wrong("no list " + name)).values();
    }

    private static JsonArray array(List<JsonObject> objects) {
        return JsonArray.of(objects.toArray(new JsonValue[0]));
    }

    private static JsonArray decimals(List<Long> numbers) {
        return JsonArray.ofStrings(numbers.stream().map(number -> Long.toString(number)).toList());
    }

    private static String text(JsonObject json, String name) {
        return json.text(name).orElseThrow(() -> wrong("no text " + name));
    }

    /** Leading zeros and signs are found when the whole is written again and compared. */
    private static long decimal(String text) {
        if (text.length() > DECIMAL_LENGTH_MAX) {
            throw wrong("not a decimal number: " + text);
        }
        return Long.parseLong(text);
    }

    private static void requireOrigin(String node, TenantId tenant, String origin) {
        if (!NODE.matcher(node).matches() || !origin.equals(node + "/" + tenant.value())) {
            throw wrong("origin " + origin + " is not that of " + tenant + " of this node");
        }
    }

    private static void requireFits(Range range, Range ofNode, long size) {
        if (range.to() > size) {
            throw wrong("range of " + range.tenant() + " beyond the size of its log");
        }
        if (range.keyRecords().getLast() >= ofNode.to()) {
            throw wrong("a key record of " + range.tenant() + " beyond the range of _node");
        }
        if (!range.rotations().isEmpty() && range.rotations().getLast() > range.to()) {
            throw wrong("a rotation of " + range.tenant() + " beyond its range");
        }
    }

    private static void requireMembers(JsonObject json, Set<String> members) {
        if (!json.members().keySet().equals(members)) {
            throw wrong("members " + json.members().keySet() + " in place of " + members);
        }
    }

    private static void requireHash(byte[] hash) {
        if (hash.length != HASH_BYTES) {
            throw wrong("a hash has 32 bytes, not " + hash.length);
        }
    }

    private static void requireAscending(List<Long> numbers) {
        for (int i = 0; i < numbers.size(); i++) {
            if (numbers.get(i) < 0 || (i > 0 && numbers.get(i - 1) >= numbers.get(i))) {
                throw wrong("numbers out of order: " + numbers);
            }
        }
    }

    private static void requireOrder(List<TenantId> tenants) {
        if (tenants.isEmpty() || !tenants.getFirst().isNode()) {
            throw wrong("_node does not stand first");
        }
        for (int i = 2; i < tenants.size(); i++) {
            if (tenants.get(i - 1).compareTo(tenants.get(i)) >= 0) {
                throw wrong("tenants out of order at " + tenants.get(i));
            }
        }
        if (tenants.lastIndexOf(TenantId.NODE) != 0) {
            throw wrong("_node stands twice");
        }
    }

    private static BundleException wrong(String message) {
        return new BundleException("bundle.json: " + message);
    }
}
