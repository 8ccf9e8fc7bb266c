package dev.mapsovereign.engine.trace;

import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.engine.request.TraceParent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * A traced call that has ended: a few hundred bytes, of which spans are made when somebody wants to
 * see them. Nothing in here is a caller's text: protocol and operation are a route's.
 *
 * <p>All ids follow from the correlation id. The server span is its first 16 digits, the stages
 * count on from there, and the last 16 are what {@link TraceParent#onward} passes on as parent: the
 * client span where there is one, else stage 7. None of them can be zero, since the version of the
 * UUID is a digit of the first half and its variant one of the last.
 *
 * @param id the call's
 * @param came the trace it came with; empty where it began one
 * @param tenant the chain of its record; {@code _node} for callers nobody verified
 * @param protocol that of the route, or {@code unknown}
 * @param version that of the route
 * @param operation that of the route, or {@code unknown}
 * @param outcome as in the record
 * @param code why not
 * @param refusedAt the stage that refused
 * @param time from the request's first byte to its answer's making
 * @param stages the stages that it entered, in order
 * @param forward the call of a remote process
 */
public record FinishedTrace(
        CorrelationId id,
        Optional<TraceParent> came,
        TenantId tenant,
        String protocol,
        Optional<String> version,
        String operation,
        AuditOutcome outcome,
        Optional<ErrorCode> code,
        Optional<StageName> refusedAt,
        Interval time,
        List<StageTime> stages,
        Optional<Forward> forward) {
    /** Copies the list. */
    public FinishedTrace {
        stages = List.copyOf(stages);
    }

    /** When the call was in a stage. */
    public record StageTime(StageName stage, Interval time) {}

    /**
     * That a remote process was called.
     *
     * @param endpoint the last that was tried
     * @param tries how many were
     * @param time of all tries together
     */
    public record Forward(String endpoint, int tries, Interval time) {}

    /** The caller's trace, or the one that began here. */
    public String traceId() {
        return came.map(TraceParent::traceId).orElseGet(() -> TraceParent.traceIdOf(id));
    }

    /** How many spans there are. */
    public int spanCount() {
        return 1 + stages.size() + (forward.isPresent() ? 1 : 0);
    }

    /** The call's span, then those of its stages in order, then that of the remote process. */
    public List<Span> spans() {
        String trace = traceId();
        String server = TraceParent.traceIdOf(id).substring(0, 16);
        List<Span> spans = new ArrayList<>(spanCount());
        spans.add(
                new Span(
                        trace,
                        server,
                        came.map(TraceParent::parentId),
                        name(),
                        Span.Kind.SERVER,
                        time,
                        serverAttributes(),
                        outcome != AuditOutcome.SUCCESS));
        for (StageTime each : stages) {
            spans.add(
                    new Span(
                            trace,
                            stageId(server, each.stage()),
                            Optional.of(server),
                            each.stage().wire(),
                            Span.Kind.INTERNAL,
                            each.time(),
                            Collections.emptySortedMap(),
                            refusedAt.equals(Optional.of(each.stage()))));
        }
        forward.ifPresent(each -> spans.add(clientSpan(trace, server, each)));
        return spans;
    }

    private Span clientSpan(String trace, String server, Forward own) {
        SequencedMap<String, String> attributes = new TreeMap<>();
        attributes.put("map.endpoint", own.endpoint());
        attributes.put("map.tries", Integer.toString(own.tries()));
        return new Span(
                trace,
                TraceParent.spanIdOf(id),
                Optional.of(stageId(server, StageName.ROUTER_INVOCATION)),
                name(),
                Span.Kind.CLIENT,
                own.time(),
                attributes,
                refusedAt.equals(Optional.of(StageName.ROUTER_INVOCATION)));
    }

    private String name() {
        return protocol + "." + operation;
    }

    private String stageId(String server, StageName stage) {
        if (stage == StageName.ROUTER_INVOCATION && forward.isEmpty()) {
            return TraceParent.spanIdOf(id);
        }
        long first = Long.parseUnsignedLong(server, 16);
        return "%016x".formatted(first + stage.number());
    }

    private SequencedMap<String, String> serverAttributes() {
        SequencedMap<String, String> attributes = new TreeMap<>();
        attributes.put("map.correlation_id", id.toString());
        attributes.put("map.operation", operation);
        attributes.put("map.outcome", outcome.wire());
        attributes.put("map.protocol", protocol);
        attributes.put("map.tenant", tenant.value());
        code.ifPresent(each -> attributes.put("map.code", each.wire()));
        refusedAt.ifPresent(each -> attributes.put("map.stage", each.wire()));
        version.ifPresent(each -> attributes.put("map.version", each));
        return attributes;
    }

    /** For people: what {@code map trace} and {@code ADMIN.observability} show. */
    public JsonObject json() {
        return JsonObject.builder()
                .put("correlation_id", id.toString())
                .put("trace_id", traceId())
                .put("tenant_id", tenant.value())
                .put("protocol", protocol)
                .putIfPresent("version", version)
                .put("operation", operation)
                .put("outcome", outcome.wire())
                .putIfPresent("code", code.map(ErrorCode::wire))
                .putIfPresent("stage", refusedAt.map(StageName::wire))
                .put("began", time.began().toString())
                .put("duration_us", time.micros())
                .putIfPresent("endpoint", forward.map(Forward::endpoint))
                .put("spans", new JsonArray(spans().stream().map(this::json).toList()))
                .build();
    }

    private JsonValue json(Span span) {
        return JsonObject.builder()
                .put("name", span.name())
                .put("kind", span.kind().wire())
                .put("span_id", span.spanId())
                .putIfPresent("parent_id", span.parentId())
                .put("offset_us", span.time().microsAfter(time))
                .put("duration_us", span.time().micros())
                .put("failed", span.failed())
                .build();
    }
}
