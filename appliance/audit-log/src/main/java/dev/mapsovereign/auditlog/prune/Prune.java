package dev.mapsovereign.auditlog.prune;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.merkle.Tiles;
import java.util.ArrayList;
import java.util.List;

/**
 * What is removed of one log at once: a range, but for what is kept in it.
 *
 * @param tenant not {@code _node}
 * @param range whole entry bundles
 * @param kept whole entry bundles within it that stay, ascending, not touching each other
 * @param bytes that the removed records count in the tenant's quota
 */
public record Prune(TenantId tenant, IndexRange range, List<IndexRange> kept, long bytes) {
    /** More would make the record that tells of it too large. */
    public static final int KEPT_MAX = 256;

    /**
     * @throws IllegalArgumentException if the parts do not fit together
     */
    public Prune {
        kept = List.copyOf(kept);
        if (tenant.isNode() || bytes < 0 || kept.size() > KEPT_MAX) {
            throw new IllegalArgumentException("nothing that may be pruned of " + tenant);
        }
        requireBundles(range);
        long at = range.from();
        for (IndexRange each : kept) {
            requireBundles(each);
            if (each.from() < at || each.to() > range.to()) {
                throw new IllegalArgumentException("kept records out of order");
            }
            at = each.to() + 1;
        }
        if (kept.stream().mapToLong(IndexRange::count).sum() == range.count()) {
            throw new IllegalArgumentException("nothing is removed of " + tenant);
        }
    }

    private static void requireBundles(IndexRange range) {
        if (range.from() % Tiles.WIDTH != 0 || range.to() % Tiles.WIDTH != 0) {
            throw new IllegalArgumentException("only whole entry bundles are pruned");
        }
    }

    /** What goes, ascending. */
    public List<IndexRange> removed() {
        List<IndexRange> removed = new ArrayList<>();
        long at = range.from();
        for (IndexRange each : kept) {
            if (at < each.from()) {
                removed.add(new IndexRange(at, each.from()));
            }
            at = each.to();
        }
        if (at < range.to()) {
            removed.add(new IndexRange(at, range.to()));
        }
        return removed;
    }

    /** How many records go. */
    public long count() {
        return range.count() - kept.stream().mapToLong(IndexRange::count).sum();
    }

    /** As record and file say it. */
    public JsonObject json() {
        return JsonObject.builder()
                .put("bytes", Long.toString(bytes))
                .put("from", Long.toString(range.from()))
                .put("kept", new JsonArray(kept.stream().<JsonValue>map(IndexRange::json).toList()))
                .put("log", tenant.value())
                .put("to", Long.toString(range.to()))
                .build();
    }

    /**
     * What {@link #json} gave.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static Prune parse(JsonObject json) {
        return new Prune(
                TenantId.of(json.text("log").orElse("")),
                new IndexRange(number(json, "from"), number(json, "to")),
                json.array("kept").orElse(JsonArray.EMPTY).values().stream()
                        .map(IndexRange::of)
                        .toList(),
                number(json, "bytes"));
    }

    private static long number(JsonObject json, String name) {
        return Long.parseLong(json.text(name).orElse(""));
    }
}
