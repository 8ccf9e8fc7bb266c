package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * {@code traceability_graph}: the calls that hang together with one, read from the records around
 * it. Three things tie calls together, and each stands in the records: the trace id that callers
 * send along, the id of a message that one call sent and another received, and the first call of
 * which a later one repeated the answer.
 *
 * <p>The search begins at the call and goes from what it finds to what hangs on that, until nothing
 * new comes.
 */
final class TraceGraph {
    private final ChainReader chain;

    TraceGraph(ChainReader chain) {
        this.chain = chain;
    }

    /** A record of the window that can be a node. */
    private record Node(ChainRecord record, AuditRecord content) {
        String id() {
            return content.correlationId().map(CorrelationId::toString).orElseThrow();
        }

        /** Everything by which it can hang on others. */
        Set<String> ties() {
            Set<String> ties = new HashSet<>();
            JsonObject meta = content.meta();
            ties.add("call " + id());
            meta.text("trace_id").ifPresent(trace -> ties.add("trace " + trace));
            meta.text("message_id").ifPresent(message -> ties.add("message " + message));
            received().forEach(message -> ties.add("message " + message));
            meta.text("replay_of_correlation_id").ifPresent(first -> ties.add("call " + first));
            return ties;
        }

        List<String> received() {
            return content.meta().array("message_ids").orElse(JsonArray.EMPTY).values().stream()
                    .filter(JsonString.class::isInstance)
                    .map(value -> ((JsonString) value).value())
                    .toList();
        }

        JsonObject json() {
            return record.reference()
                    .put("id", id())
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
    }

    JsonObject answer(JsonObject input, InvokeContext context) throws ModuleRefusal {
        TenantId tenant = context.tenant();
        CorrelationId call = Questions.correlationId(input).orElseThrow();
        ChainRecord root =
                chain.find(tenant, call)
                        .orElseThrow(() ->
                                new ModuleRefusal(
                                        ErrorCode.NOT_FOUND,
                                        "no record of call " + call + " in this chain"));
        long from = Math.max(0, root.index() - Limits.TRACE_WINDOW);
        long to = Math.min(chain.size(tenant) - 1, root.index() + Limits.TRACE_WINDOW);
        List<Node> window = new ArrayList<>();
        for (ChainRecord record : chain.range(tenant, from, (int) (to - from + 1))) {
            AuditRecord content = record.read();
            if (content.correlationId().isPresent()) {
                window.add(new Node(record, content));
            }
        }
        Set<Node> connected = connected(window, root.index());
        List<Node> nodes =
                window.stream().filter(connected::contains).limit(Limits.TRACE_NODES_MAX).toList();
        return JsonObject.builder()
                .put("correlation_id", call.toString())
                .put("searched_from", Long.toString(from))
                .put("searched_to", Long.toString(to))
                .put("complete", nodes.size() == connected.size())
                .put("nodes", new JsonArray(nodes.stream().<JsonValue>map(Node::json).toList()))
                .put("edges", new JsonArray(edges(nodes)))
                .build();
    }

    /** Everything that hangs on the record at {@code root}, directly or by others. */
    private static Set<Node> connected(List<Node> window, long root) {
        Map<String, List<Node>> byTie = new HashMap<>();
        List<Node> pending = new ArrayList<>();
        for (Node node : window) {
            node.ties()
                    .forEach(tie ->
                            byTie.computeIfAbsent(tie, ignored -> new ArrayList<>()).add(node));
            if (node.record().index() == root) {
                pending.add(node);
            }
        }
        Set<Node> connected = new HashSet<>(pending);
        while (!pending.isEmpty()) {
            for (String tie : pending.removeLast().ties()) {
                // Each tie is followed once: what hangs on it is then known.
                for (Node other : Optional.ofNullable(byTie.remove(tie)).orElse(List.of())) {
                    if (connected.add(other)) {
                        pending.add(other);
                    }
                }
            }
        }
        return connected;
    }

    /** The nodes come in the order of the chain, so whatever is tied to comes first. */
    private static List<JsonValue> edges(List<Node> nodes) {
        List<JsonValue> edges = new ArrayList<>();
        Map<String, Node> lastOfTrace = new TreeMap<>();
        Map<String, Node> sender = new HashMap<>();
        Map<String, Node> byId = new HashMap<>();
        for (Node node : nodes) {
            JsonObject meta = node.content().meta();
            meta.text("trace_id")
                    .map(trace -> lastOfTrace.put(trace, node))
                    .ifPresent(before -> edges.add(edge(before, node, "same_trace")));
            for (String message : node.received()) {
                Optional.ofNullable(sender.get(message))
                        .ifPresent(from -> edges.add(edge(from, node, "message")));
            }
            meta.text("message_id").ifPresent(message -> sender.putIfAbsent(message, node));
            meta.text("replay_of_correlation_id")
                    .flatMap(first -> Optional.ofNullable(byId.get(first)))
                    .ifPresent(first -> edges.add(edge(first, node, "replay")));
            byId.putIfAbsent(node.id(), node);
        }
        return edges;
    }

    private static JsonObject edge(Node from, Node to, String relation) {
        return JsonObject.builder()
                .put("from", from.id())
                .put("to", to.id())
                .put("relation", relation)
                .build();
    }
}
