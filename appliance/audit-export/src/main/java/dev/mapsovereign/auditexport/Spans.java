package dev.mapsovereign.auditexport;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A set of record indexes, as spans that neither touch nor overlap. For one thread. */
final class Spans {
    /** End by beginning; the end is not part of the span. */
    private final TreeMap<Long, Long> ends = new TreeMap<>();

    /** Indexes {@code from} to {@code to - 1}. */
    record Span(long from, long to) {}

    void add(long from, long to) {
        if (from >= to) {
            return;
        }
        long first = from;
        long end = to;
        Map.Entry<Long, Long> before = ends.floorEntry(to);
        while (before != null && before.getValue() >= first) {
            first = Math.min(first, before.getKey());
            end = Math.max(end, before.getValue());
            ends.remove(before.getKey());
            before = ends.floorEntry(to);
        }
        ends.put(first, end);
    }

    void addAll(Spans others) {
        others.ends.forEach(this::add);
    }

    /** What is here and not there. */
    List<Span> without(Spans others) {
        List<Span> rest = new ArrayList<>();
        ends.forEach((from, to) -> {
            long at = from;
            for (Map.Entry<Long, Long> other : others.ends.entrySet()) {
                if (other.getValue() <= at || other.getKey() >= to) {
                    continue;
                }
                if (other.getKey() > at) {
                    rest.add(new Span(at, other.getKey()));
                }
                at = Math.max(at, other.getValue());
            }
            if (at < to) {
                rest.add(new Span(at, to));
            }
        });
        return rest;
    }

    List<Span> all() {
        return without(new Spans());
    }

    static Spans of(long from, long to) {
        Spans spans = new Spans();
        spans.add(from, to);
        return spans;
    }
}
