package dev.mapsovereign.protocols.max;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * {@code traceability_graph}: the calls that hang together with one, and what they hang on. What
 * ties calls together stands in their records ({@link TracedCall}): the trace, the call that was
 * its parent there, a message that one sent and another received, an answer that was given again.
 *
 * <p>The search begins at the call and goes from what it finds to what hangs on that, until nothing
 * new comes, among the records around it. A call that is named by its id, as the first of a replay
 * or the beginner of a trace, is looked up wherever it stands. All of it within one tenant's chain.
 */
final class TraceGraph {
    private final ChainReader chain;
    private final Reach reach;

    TraceGraph(ChainReader chain, Reach reach) {
        this.chain = chain;
        this.reach = reach;
    }

    JsonObject answer(JsonObject input, InvokeContext context) throws ModuleRefusal {
        TenantId tenant = reach.of(input, context);
        CorrelationId call = Questions.correlationId(input).orElseThrow();
        ChainRecord root =
                chain.find(tenant, call)
                        .orElseThrow(() ->
                                new ModuleRefusal(
                                        ErrorCode.NOT_FOUND,
                                        "no record of call " + call + " in this chain"));
        int around = (int) input.integer("records_around").orElse(Limits.TRACE_WINDOW);
        Search search = new Search(tenant);
        search.window(root.index(), around, context);
        search.connect(TracedCall.of(root).orElseThrow());
        return search.answer(call);
    }

    /** One question; for one thread. */
    private final class Search {
        private final TenantId tenant;
        private final TreeMap<Long, TracedCall> window = new TreeMap<>();
        private final Map<String, List<TracedCall>> byTie = new HashMap<>();
        private final TreeMap<Long, TracedCall> connected = new TreeMap<>();
        private final Set<String> lookedUp = new HashSet<>();
        private long from;
        private long to;
        private boolean complete = true;

        Search(TenantId tenant) {
            this.tenant = tenant;
        }

        /** Takes in the records before and after one, as far as bytes and time allow. */
        void window(long root, int around, InvokeContext context) throws ModuleRefusal {
            long lowest = Math.max(0, root - around);
            long highest = Math.min(chain.size(tenant) - 1, root + around);
            long before = 0;
            from = root;
            while (from > lowest
                    && before < Limits.TRACE_BYTES_MAX
                    && !context.deadline().passed()) {
                int count = (int) Math.min(Limits.TRACE_STEP, from - lowest);
                before += take(from - count, count);
                from -= count;
            }
            long after = 0;
            to = root - 1;
            while (to < highest && after < Limits.TRACE_BYTES_MAX && !context.deadline().passed()) {
                int count = (int) Math.min(Limits.TRACE_STEP, highest - to);
                after += take(to + 1, count);
                to += count;
            }
        }

        private long take(long first, int count) throws ModuleRefusal {
            long bytes = 0;
            for (ChainRecord record : chain.kept(tenant, first, count)) {
                bytes += record.bytes().length;
                TracedCall.of(record).ifPresent(this::add);
            }
            return bytes;
        }

        private void add(TracedCall call) {
            if (window.putIfAbsent(call.index(), call) == null) {
                call.ties()
                        .forEach(tie ->
                                byTie.computeIfAbsent(tie, t -> new ArrayList<>()).add(call));
            }
        }

        /** Everything that hangs on that call, directly or by others. */
        void connect(TracedCall root) throws ModuleRefusal {
            add(root);
            Deque<TracedCall> pending = new ArrayDeque<>();
            pending.add(root);
            connected.put(root.index(), root);
            while (!pending.isEmpty()) {
                TracedCall next = pending.removeFirst();
                lookUp(next);
                for (String tie : next.ties()) {
                    // Each tie is followed once: what hangs on it is then known.
                    for (TracedCall other :
                            Optional.ofNullable(byTie.remove(tie)).orElse(List.of())) {
                        if (connected.containsKey(other.index())) {
                            continue;
                        }
                        if (connected.size() == Limits.TRACE_CALLS_MAX) {
                            complete = false;
                            return;
                        }
                        connected.put(other.index(), other);
                        pending.add(other);
                    }
                }
            }
        }

        /** Fetches the calls that this one names, where they stand outside of the window. */
        private void lookUp(TracedCall call) throws ModuleRefusal {
            for (CorrelationId named : call.named()) {
                if (byTie.containsKey(TracedCall.callTie(named.toString()))
                        || !lookedUp.add(named.toString())) {
                    continue;
                }
                if (lookedUp.size() > Limits.TRACE_LOOK_UPS_MAX) {
                    complete = false;
                    return;
                }
                chain.indexed(tenant, named).flatMap(TracedCall::of).ifPresent(this::add);
            }
        }

        JsonObject answer(CorrelationId call) {
            Drawing drawing = new Drawing();
            connected.values().forEach(drawing::draw);
            return JsonObject.builder()
                    .put("tenant_id", tenant.value())
                    .put("correlation_id", call.toString())
                    .put("searched_from", Long.toString(from))
                    .put("searched_to", Long.toString(to))
                    .put("complete", complete && !drawing.full)
                    .put("nodes", new JsonArray(List.copyOf(drawing.nodes.values())))
                    .put("edges", new JsonArray(drawing.edges))
                    .build();
        }
    }

    /** Makes nodes and edges; the calls come in the order of the chain. */
    private static final class Drawing {
        private final Map<String, JsonValue> nodes = new LinkedHashMap<>();
        private final List<JsonValue> edges = new ArrayList<>();
        private final Map<String, TracedCall> lastOfTrace = new HashMap<>();
        private final Map<String, TracedCall> bySpan = new HashMap<>();
        private boolean full;

        void draw(TracedCall call) {
            nodes.putIfAbsent(call.id(), call.node());
            Optional<TracedCall> parent =
                    call.parentSpan()
                            .flatMap(span -> Optional.ofNullable(bySpan.get(span)))
                            .filter(above -> above.trace().equals(call.trace()));
            parent.ifPresent(from -> edge(from.id(), call.id(), "parent"));
            Optional<TracedCall> before = Optional.ofNullable(lastOfTrace.put(call.trace(), call));
            before.filter(other -> !parent.equals(Optional.of(other)))
                    .ifPresent(other -> edge(other.id(), call.id(), "same_trace"));
            bySpan.putIfAbsent(call.span(), call);
            call.causedBy()
                    .filter(nodes::containsKey)
                    .ifPresent(cause -> edge(cause, call.id(), "caused"));
            call.replayOf()
                    .filter(nodes::containsKey)
                    .ifPresent(first -> edge(first, call.id(), "replay"));
            call.sent().ifPresent(id -> edge(call.id(), leaf("message", id), "sent"));
            call.received().forEach(id -> edge(leaf("message", id), call.id(), "received"));
            call.plugin().ifPresent(name -> edge(call.id(), leaf("plugin", name), "ran"));
            call.endpoint().ifPresent(name -> edge(call.id(), leaf("endpoint", name), "forwarded"));
        }

        /** A node that is no call. */
        private String leaf(String kind, String name) {
            String id = kind + ":" + name;
            if (!full && nodes.size() < Limits.TRACE_NODES_MAX) {
                nodes.putIfAbsent(id, JsonObject.builder().put("id", id).put("kind", kind).build());
            } else {
                full |= !nodes.containsKey(id);
            }
            return id;
        }

        private void edge(String from, String to, String relation) {
            if (!nodes.containsKey(from) || !nodes.containsKey(to)) {
                return; // a leaf for which there was no room; complete says so
            }
            if (edges.size() == Limits.TRACE_EDGES_MAX) {
                full = true;
                return;
            }
            edges.add(
                    JsonObject.builder()
                            .put("from", from)
                            .put("to", to)
                            .put("relation", relation)
                            .build());
        }
    }
}
