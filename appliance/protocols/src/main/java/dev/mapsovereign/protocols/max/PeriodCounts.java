package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Counts the records of a period, handed over in the order of the chain; for one thread. */
final class PeriodCounts {
    private record Refused(String stage, String code) implements Comparable<Refused> {
        @Override
        public int compareTo(Refused other) {
            int byStage = stage.compareTo(other.stage);
            return byStage != 0 ? byStage : code.compareTo(other.code);
        }
    }

    private final Period period;
    private final Map<String, Long> outcomes = new TreeMap<>();
    private final Map<String, Long> events = new TreeMap<>();
    private final Map<String, Long> codes = new TreeMap<>();
    private final Map<Refused, Long> refusals = new TreeMap<>();
    private final List<JsonValue> gaps = new ArrayList<>();
    private Optional<Instant> before = Optional.empty();
    private long gapsTotal;
    private long outside;
    private long records;
    private long first = -1;
    private long last = -1;

    PeriodCounts(Period period) {
        this.period = period;
    }

    /** How many records of the period there were so far. */
    long records() {
        return records;
    }

    /** Counts a record, unless the clock had stepped and it is of another time. */
    void add(ChainRecord record) {
        AuditRecord content = record.read();
        Instant time = content.timestamp();
        before.filter(time::isBefore).ifPresent(earlier -> wentBack(record.index(), earlier, time));
        before = Optional.of(time);
        if (!period.holds(time)) {
            outside++;
            return;
        }
        outcomes.merge(content.outcome().wire(), 1L, Long::sum);
        events.merge(content.eventType(), 1L, Long::sum);
        content.code().ifPresent(code -> codes.merge(code, 1L, Long::sum));
        if (content.outcome() != AuditOutcome.SUCCESS) {
            refusals.merge(
                    new Refused(content.stage().orElse("none"), content.code().orElse("none")),
                    1L,
                    Long::sum);
        }
        first = records == 0 ? record.index() : first;
        last = record.index();
        records++;
    }

    private void wentBack(long index, Instant from, Instant to) {
        gapsTotal++;
        if (gaps.size() < Limits.REPORT_LIST_MAX) {
            gaps.add(
                    JsonObject.builder()
                            .put("kind", "clock_set_back")
                            .put("index", Long.toString(index))
                            .put("from", from.toString())
                            .put("to", to.toString())
                            .build());
        }
    }

    /** The members that a report has of this. */
    JsonObject.Builder json() {
        JsonObject.Builder json = JsonObject.builder().put("records", records);
        if (records > 0) {
            json.put("first_index", Long.toString(first));
            json.put("last_index", Long.toString(last));
        }
        return json.put("records_of_other_times", outside)
                .put("by_outcome", object(outcomes))
                .put("by_event_type", object(events))
                .put("by_code", object(codes))
                .put("refusals", refusals());
    }

    /** The first places where the clock had been set back; {@link #gapsTotal} counts all. */
    List<JsonValue> gaps() {
        return List.copyOf(gaps);
    }

    long gapsTotal() {
        return gapsTotal;
    }

    private JsonArray refusals() {
        List<JsonValue> list = new ArrayList<>();
        refusals.forEach((refused, count) ->
                list.add(
                        JsonObject.builder()
                                .put("stage", refused.stage())
                                .put("code", refused.code())
                                .put("count", count)
                                .build()));
        return new JsonArray(list);
    }

    private static JsonObject object(Map<String, Long> counts) {
        JsonObject.Builder object = JsonObject.builder();
        counts.forEach(object::put);
        return object.build();
    }
}
