package dev.mapsovereign.auditlog.tree;

import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.auditlog.prune.Prune;
import dev.mapsovereign.auditlog.prune.PrunedRanges;
import dev.mapsovereign.auditlog.prune.RecordPrunedException;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.identity.TenantId;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * Everything that was ever pruned from a log: the file {@code pruned} in its folder. What it says
 * counts only as far as records in {@code _node} say the same. Read by any thread, written by one
 * at a time.
 */
public final class PruneBook {
    /** The file's name in the audit folder. */
    public static final String FILE = "pruned";

    /** A prune of every log once a day for decades. */
    private static final JsonReader.Limits LIMITS = new JsonReader.Limits(6, 256 << 20);

    private final Path file;
    private volatile List<Entry> entries;
    private volatile Map<TenantId, PrunedRanges> ranges;

    /**
     * One prune of one log.
     *
     * @param record index of the record in {@code _node} that tells of it
     * @param finished whether rows and files are gone too
     */
    public record Entry(Prune prune, long record, boolean finished) {
        private JsonObject json() {
            return JsonObject.builder()
                    .put("finished", finished)
                    .put("prune", prune.json())
                    .put("record", Long.toString(record))
                    .build();
        }

        private static Entry of(JsonValue json) {
            JsonObject object = (JsonObject) json;
            return new Entry(
                    Prune.parse(object.object("prune").orElseThrow()),
                    Long.parseLong(object.text("record").orElseThrow()),
                    object.bool("finished").orElseThrow());
        }
    }

    private PruneBook(Path file, List<Entry> entries) {
        this.file = file;
        this.entries = List.copyOf(entries);
        this.ranges = ranges(this.entries);
    }

    /**
     * The book of the log in that folder; empty where nothing was pruned.
     *
     * @throws JournalDamageException if it cannot be read: then nobody can tell what is missing
     */
    public static PruneBook open(Path auditFolder) throws IOException, JournalDamageException {
        Path file = auditFolder.resolve(FILE);
        if (!Files.exists(file)) {
            return new PruneBook(file, List.of());
        }
        try {
            JsonObject object = JsonReader.parseObject(Files.readAllBytes(file), LIMITS);
            List<Entry> entries = new ArrayList<>();
            for (JsonValue each : object.array("prunes").orElseThrow().values()) {
                entries.add(Entry.of(each));
            }
            return new PruneBook(file, entries);
        } catch (JsonException | ClassCastException | NoSuchElementException e) {
            throw new JournalDamageException(file + " cannot be read: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new JournalDamageException(file + " says what cannot be: " + e.getMessage(), e);
        }
    }

    /** Everything, oldest first. */
    public List<Entry> entries() {
        return entries;
    }

    /** What was pruned of a log. */
    public PrunedRanges of(TenantId tenant) {
        return ranges.getOrDefault(tenant, PrunedRanges.NONE);
    }

    /** Bytes of a tenant's pruned records. */
    public long bytes(TenantId tenant) {
        return entries.stream()
                .filter(entry -> entry.prune().tenant().equals(tenant))
                .mapToLong(entry -> entry.prune().bytes())
                .sum();
    }

    /** What a read of a pruned record is answered. */
    public RecordPrunedException refusal(TenantId tenant, long index) {
        long record =
                entries.stream()
                        .filter(entry -> entry.prune().tenant().equals(tenant))
                        .filter(entry ->
                                entry.prune().range().from() <= index
                                        && index < entry.prune().range().to())
                        .mapToLong(Entry::record)
                        .findFirst()
                        .orElseThrow();
        return new RecordPrunedException(tenant, index, record);
    }

    /** Adds prunes of which records tell; durable on return, and in force. */
    public void add(List<Entry> more) throws IOException {
        List<Entry> all = new ArrayList<>(entries);
        all.addAll(more);
        write(all);
    }

    /** Rows and files of these are gone. */
    public void finished(List<Entry> done) throws IOException {
        write(
                entries.stream()
                        .map(entry ->
                                done.contains(entry)
                                        ? new Entry(entry.prune(), entry.record(), true)
                                        : entry)
                        .toList());
    }

    private void write(List<Entry> all) throws IOException {
        JsonObject object =
                JsonObject.builder()
                        .put(
                                "prunes",
                                new JsonArray(all.stream().<JsonValue>map(Entry::json).toList()))
                        .build();
        DurableFiles.write(file, CanonicalJson.encode(object), Mode.PRIVATE);
        entries = List.copyOf(all);
        ranges = ranges(entries);
    }

    private static Map<TenantId, PrunedRanges> ranges(List<Entry> entries) {
        Map<TenantId, List<IndexRange>> removed = new HashMap<>();
        for (Entry entry : entries) {
            removed.computeIfAbsent(entry.prune().tenant(), tenant -> new ArrayList<>())
                    .addAll(entry.prune().removed());
        }
        Map<TenantId, PrunedRanges> ranges = new HashMap<>();
        removed.forEach((tenant, each) -> ranges.put(tenant, new PrunedRanges(each)));
        return Map.copyOf(ranges);
    }
}
