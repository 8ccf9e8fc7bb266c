package dev.mapsovereign.auditlog.prune;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Which records of one log are pruned. Immutable. */
public final class PrunedRanges {
    /** Of a log from which nothing was removed. */
    public static final PrunedRanges NONE = new PrunedRanges(List.of());

    /** End by beginning; ranges neither touch nor overlap. */
    private final NavigableMap<Long, Long> ends = new TreeMap<>();

    /**
     * @param ranges in any order, not overlapping
     */
    public PrunedRanges(List<IndexRange> ranges) {
        for (IndexRange range : ranges) {
            long from = range.from();
            long to = range.to();
            Map.Entry<Long, Long> before = ends.floorEntry(from);
            if (before != null && before.getValue() >= from) {
                from = before.getKey();
            }
            Long behind = ends.remove(to);
            ends.put(from, behind == null ? to : behind);
        }
    }

    /** Whether nothing was pruned. */
    public boolean isEmpty() {
        return ends.isEmpty();
    }

    /** Whether a record was pruned. */
    public boolean contains(long index) {
        return nextKept(index) != index;
    }

    /** The first record at or behind an index that was not pruned; it may not exist yet. */
    public long nextKept(long index) {
        Map.Entry<Long, Long> range = ends.floorEntry(index);
        return range != null && index < range.getValue() ? range.getValue() : index;
    }

    /** The last record at or before an index that was not pruned; -1 if there is none. */
    public long previousKept(long index) {
        Map.Entry<Long, Long> range = ends.floorEntry(index);
        return range != null && index < range.getValue() ? range.getKey() - 1 : index;
    }

    /** One more than the last pruned record; 0 if there is none. */
    public long end() {
        return ends.isEmpty() ? 0 : ends.lastEntry().getValue();
    }

    /** How many records were pruned. */
    public long count() {
        return ends.entrySet().stream().mapToLong(range -> range.getValue() - range.getKey()).sum();
    }

    /** All of them, ascending. */
    public List<IndexRange> ranges() {
        return ends.entrySet().stream()
                .map(range -> new IndexRange(range.getKey(), range.getValue()))
                .toList();
    }

    /** What of a range was not pruned, ascending. */
    public List<IndexRange> keptOf(long from, long to) {
        List<IndexRange> kept = new ArrayList<>();
        for (long at = nextKept(from); at < to; ) {
            Map.Entry<Long, Long> next = ends.higherEntry(at);
            long end = next == null ? to : Math.min(to, next.getKey());
            kept.add(new IndexRange(at, end));
            at = nextKept(end);
        }
        return kept;
    }
}
