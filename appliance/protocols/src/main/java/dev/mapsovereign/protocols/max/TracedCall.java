package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.engine.request.TraceParent;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A call as its record shows how it hangs together with others. The record's {@code meta} says with
 * which trace and parent it came ({@code trace_id}, {@code parent_span_id}) and under which
 * correlation id of its caller ({@code caller_correlation_id}; a process that this node asked is
 * given the id of the call it serves), which message it sent or received ({@code message_id},
 * {@code message_ids}), whose answer it repeated ({@code replay_of_correlation_id}), which plugin
 * ran or which endpoint was asked. What it passed on itself follows from its correlation id ({@link
 * TraceParent#onward}).
 *
 * @param trace it came with, or began
 * @param span by which calls below it name it
 */
record TracedCall(
        long index,
        String id,
        String trace,
        String span,
        Optional<String> parentSpan,
        Optional<String> causedBy,
        Optional<String> replayOf,
        Optional<String> sent,
        List<String> received,
        Optional<String> plugin,
        Optional<String> endpoint,
        JsonObject node) {
    /** The call of a record; empty for records that are of none. */
    static Optional<TracedCall> of(ChainRecord record) {
        AuditRecord content = record.read();
        return content.correlationId().map(id -> of(record, content, id));
    }

    private static TracedCall of(ChainRecord record, AuditRecord content, CorrelationId id) {
        JsonObject meta = content.meta();
        return new TracedCall(
                record.index(),
                id.toString(),
                meta.text("trace_id").orElseGet(() -> TraceParent.traceIdOf(id)),
                TraceParent.spanIdOf(id),
                meta.text("parent_span_id"),
                meta.text("caller_correlation_id"),
                meta.text("replay_of_correlation_id"),
                meta.text("message_id"),
                texts(meta, "message_ids"),
                meta.text("plugin"),
                meta.text("endpoint"),
                node(record, content, id));
    }

    private static List<String> texts(JsonObject meta, String name) {
        return meta.array(name).orElse(JsonArray.EMPTY).values().stream()
                .filter(JsonString.class::isInstance)
                .map(value -> ((JsonString) value).value())
                .toList();
    }

    private static JsonObject node(ChainRecord record, AuditRecord content, CorrelationId id) {
        return record.reference()
                .put("id", id.toString())
                .put("kind", "call")
                .put("event_type", content.eventType())
                .putIfPresent("protocol", content.protocol())
                .putIfPresent("operation", content.operation())
                .put("outcome", content.outcome().wire())
                .putIfPresent("stage", content.stage())
                .putIfPresent("code", content.code())
                .put("timestamp", content.timestamp().toString())
                .putIfPresent("caller_did", content.callerDid())
                .build();
    }

    /** Everything by which it can hang on others. */
    Set<String> ties() {
        Set<String> ties = new LinkedHashSet<>();
        ties.add(callTie(id));
        ties.add("trace " + trace);
        causedBy.ifPresent(cause -> ties.add(callTie(cause)));
        replayOf.ifPresent(first -> ties.add(callTie(first)));
        sent.ifPresent(message -> ties.add("message " + message));
        received.forEach(message -> ties.add("message " + message));
        return ties;
    }

    /** The tie of a call itself. */
    static String callTie(String id) {
        return "call " + id;
    }

    /**
     * Other calls that it names: in whose course it was made, of which it gave the answer again,
     * and which began its trace.
     */
    List<CorrelationId> named() {
        List<CorrelationId> named = new ArrayList<>();
        causedBy.flatMap(TracedCall::correlationId).ifPresent(named::add);
        replayOf.flatMap(TracedCall::correlationId).ifPresent(named::add);
        beginner().filter(first -> !first.toString().equals(id)).ifPresent(named::add);
        return named;
    }

    /** The call whose correlation id the trace's id would be; it need not exist. */
    private Optional<CorrelationId> beginner() {
        return trace.length() != 32
                ? Optional.empty()
                : correlationId(
                        String.join(
                                "-",
                                trace.substring(0, 8),
                                trace.substring(8, 12),
                                trace.substring(12, 16),
                                trace.substring(16, 20),
                                trace.substring(20)));
    }

    private static Optional<CorrelationId> correlationId(String text) {
        try {
            return Optional.of(CorrelationId.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
