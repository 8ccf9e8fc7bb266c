package dev.mapsovereign.auditlog.prune;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;

/**
 * Records {@code from} to {@code to - 1} of one log.
 *
 * @param from index of the first
 * @param to one more than the index of the last, above {@code from}
 */
public record IndexRange(long from, long to) {
    /**
     * @throws IllegalArgumentException for a range of no records
     */
    public IndexRange {
        if (from < 0 || to <= from) {
            throw new IllegalArgumentException("no records from " + from + " to " + to);
        }
    }

    /** How many records. */
    public long count() {
        return to - from;
    }

    JsonArray json() {
        return JsonArray.of(new JsonString(Long.toString(from)), new JsonString(Long.toString(to)));
    }

    /**
     * @throws IllegalArgumentException for anything but two decimal texts that make a range
     */
    static IndexRange of(JsonValue json) {
        if (json instanceof JsonArray(var values)
                && values.size() == 2
                && values.get(0) instanceof JsonString(String from)
                && values.get(1) instanceof JsonString(String to)) {
            return new IndexRange(Long.parseLong(from), Long.parseLong(to));
        }
        throw new IllegalArgumentException("not a range of records");
    }
}
