package dev.mapsovereign.engine.trace;

import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.route.EgressPolicy;
import dev.mapsovereign.engine.router.UpstreamAnswer;
import dev.mapsovereign.engine.router.UpstreamClient;
import dev.mapsovereign.engine.router.UpstreamException;
import dev.mapsovereign.engine.router.UpstreamTls;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;

/**
 * Sends traced calls to one collector, by OTLP/HTTP with JSON, on one virtual thread. Whatever the
 * collector does, a call never waits for it: what does not fit into the queue is dropped and
 * counted.
 */
final class SpanExporter implements TraceSink, AutoCloseable {
    /** Spans that the collector took. */
    static final String SENT = "map_trace_spans_sent_total";

    /** Spans that it will never get, by reason. */
    static final String DROPPED = "map_trace_spans_dropped_total";

    /** Traced calls that wait to be sent. */
    static final String QUEUE = "map_trace_queue_calls";

    private static final System.Logger LOG = System.getLogger(SpanExporter.class.getName());

    /** The answers after which OTLP/HTTP lets a client try again, and no others. */
    private static final Set<Integer> AGAIN = Set.of(429, 502, 503, 504);

    private static final JsonReader.Limits ANSWER = new JsonReader.Limits(16, 1 << 20);

    /** How much longer than its last request may take the thread is waited for. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final URI address;
    private final String node;
    private final UpstreamClient client;
    private final Pace pace;
    private final TraceQueue queue;
    private final Counter sent;
    private final Counter queueFull;
    private final Counter refused;
    private final Counter gaveUp;
    private final Counter closing;
    private final Thread thread;
    private boolean away;

    /** When nothing is sent any more; set once, before the queue is closed. */
    private volatile Optional<Deadline> end = Optional.empty();

    /**
     * How fast things go.
     *
     * @param linger how long the first call of a request waits for others
     * @param sendTime the most that one request may take
     * @param pauseFirst pause after the first failure; each next one is twice as long
     * @param pauseMax the longest of them
     * @param closeTime the most that sending the rest may take; not less than {@code sendTime}
     */
    record Pace(
            Duration linger,
            Duration sendTime,
            Duration pauseFirst,
            Duration pauseMax,
            Duration closeTime) {
        static final Pace DEFAULT =
                new Pace(
                        Limits.TRACE_LINGER,
                        Limits.TRACE_SEND_TIME,
                        Limits.TRACE_PAUSE_FIRST,
                        Limits.TRACE_PAUSE_MAX,
                        Limits.TRACE_CLOSE_TIME);
    }

    /** What one try came to. */
    private sealed interface Verdict {
        /** Taken, all but {@code rejected} spans. */
        record Taken(long rejected) implements Verdict {}

        /** Never to be sent again. */
        record Refused(String reason) implements Verdict {}

        /** To be tried again, after {@code pause} where the collector said so. */
        record Later(String reason, Optional<Duration> pause) implements Verdict {}
    }

    private SpanExporter(
            URI address, String node, UpstreamClient client, MeterRegistry registry, Pace pace) {
        this.address = address;
        this.node = node;
        this.client = client;
        this.pace = pace;
        queue = new TraceQueue(Limits.TRACE_QUEUE_CALLS_MAX, Limits.TRACE_BATCH_CALLS_MAX);
        sent = registry.counter(SENT);
        queueFull = registry.counter(DROPPED, "reason", "queue_full");
        refused = registry.counter(DROPPED, "reason", "refused");
        gaveUp = registry.counter(DROPPED, "reason", "gave_up");
        closing = registry.counter(DROPPED, "reason", "closing");
        Gauge.builder(QUEUE, queue, TraceQueue::size).strongReference(true).register(registry);
        thread = Thread.ofVirtual().name("map-spans").unstarted(this::run);
    }

    /**
     * Reads the TLS files and starts the thread.
     *
     * @throws OperatorException with exit code 3 when the files cannot be used
     */
    static SpanExporter start(
            TraceConfig.Collector collector,
            EgressPolicy egress,
            Optional<TrustFiles> siteTrust,
            String node,
            MeterRegistry registry,
            Pace pace) {
        UpstreamClient client = new UpstreamClient(egress, tls(collector, siteTrust));
        SpanExporter exporter = new SpanExporter(collector.address(), node, client, registry, pace);
        exporter.thread.start();
        return exporter;
    }

    private static Optional<UpstreamTls> tls(
            TraceConfig.Collector collector, Optional<TrustFiles> siteTrust) {
        return collector.usesTls()
                ? Optional.of(
                        UpstreamTls.of(
                                collector.tls(),
                                siteTrust,
                                "trace collector " + collector.authority(),
                                "[trace]"))
                : Optional.empty();
    }

    @Override
    public void take(FinishedTrace trace) {
        if (!queue.offer(trace)) {
            queueFull.increment(trace.spanCount());
        }
    }

    BooleanSupplier readTlsAgain() {
        return client.readTlsAgain();
    }

    private void run() {
        List<FinishedTrace> batch = queue.take(pace.linger());
        while (!batch.isEmpty()) {
            List<Span> spans = batch.stream().flatMap(trace -> trace.spans().stream()).toList();
            try {
                deliver(spans);
            } catch (RuntimeException fault) {
                // The next batch may do better; a defect must not end all traces.
                LOG.log(System.Logger.Level.ERROR, "spans could not be sent", fault);
                gaveUp.increment(spans.size());
            }
            batch = queue.take(pace.linger());
        }
    }

    private void deliver(List<Span> spans) {
        byte[] request =
                UpstreamClient.post(
                        address,
                        address.getRawPath(),
                        "Content-Type: application/json\r\nAccept: application/json",
                        OtlpJson.encode(node, spans));
        Duration pause = pace.pauseFirst();
        for (int tries = 1; tries <= Limits.TRACE_TRIES_MAX; tries++) {
            if (end.map(Deadline::passed).orElse(false)) {
                closing.increment(spans.size());
                return;
            }
            switch (attempt(request)) {
                case Verdict.Taken(long rejected) -> {
                    back();
                    int lost = (int) Math.min(rejected, spans.size());
                    refused.increment(lost);
                    sent.increment(spans.size() - lost);
                    return;
                }
                case Verdict.Refused(String reason) -> {
                    away(reason);
                    refused.increment(spans.size());
                    return;
                }
                case Verdict.Later(String reason, Optional<Duration> asked) -> {
                    away(reason);
                    boolean again = tries < Limits.TRACE_TRIES_MAX;
                    if (again && !queue.pause(asked.orElse(jittered(pause)))) {
                        closing.increment(spans.size());
                        return;
                    }
                    pause = shorter(pause.multipliedBy(2), pace.pauseMax());
                }
            }
        }
        gaveUp.increment(spans.size());
    }

    /** Spans that arrive twice do no harm, so a connection that was closed meanwhile is no loss. */
    private Verdict attempt(byte[] request) {
        Deadline last = end.orElseGet(() -> Deadline.after(pace.sendTime()));
        try {
            return verdict(client.send(address, request, true, last.notLaterThan(pace.sendTime())));
        } catch (UpstreamException failed) {
            return new Verdict.Later(failed.reason(), Optional.empty());
        }
    }

    private static Verdict verdict(UpstreamAnswer answer) {
        // OTLP asks for 200; what stands in front of collectors says 202 and 204 as well.
        if (answer.status() / 100 == 2) {
            return new Verdict.Taken(rejected(answer.body()));
        }
        String reason = "it answered " + answer.status();
        return AGAIN.contains(answer.status())
                ? new Verdict.Later(reason, retryAfter(answer))
                : new Verdict.Refused(reason);
    }

    /**
     * {@code partialSuccess.rejectedSpans}: a 64-bit number, so a text, or a number all the same.
     */
    private static long rejected(byte[] body) {
        if (body.length == 0) {
            return 0;
        }
        try {
            Optional<JsonObject> partial =
                    JsonReader.parseObject(body, ANSWER).object("partialSuccess");
            if (partial.flatMap(each -> each.get("rejectedSpans")).orElse(new JsonString("0"))
                            instanceof JsonString(String digits)
                    && digits.matches("[0-9]{1,9}")) {
                return Long.parseLong(digits);
            }
            return partial.isPresent() ? partial.get().integer("rejectedSpans").orElse(0) : 0;
        } catch (JsonException nonsense) {
            // It said 200; what else it says does not change that.
            return 0;
        }
    }

    private static Optional<Duration> retryAfter(UpstreamAnswer answer) {
        return answer.retryAfterTime().map(asked -> shorter(asked, Limits.TRACE_RETRY_AFTER_MAX));
    }

    /**
     * Between half of it and all of it, so that nodes that lost one collector do not come at once.
     */
    private static Duration jittered(Duration pause) {
        long nanos = pause.toNanos();
        return Duration.ofNanos(ThreadLocalRandom.current().nextLong(nanos / 2, nanos + 1));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private void away(String reason) {
        if (!away) {
            away = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the trace collector {0} takes no spans: {1}",
                    address.getAuthority(),
                    reason);
        }
    }

    private void back() {
        if (away) {
            away = false;
            LOG.log(
                    System.Logger.Level.INFO,
                    "the trace collector {0} takes spans again",
                    address.getAuthority());
        }
    }

    /** Sends what waits, once, within {@link Pace#closeTime}; a second call does nothing. */
    @Override
    public void close() {
        if (end.isPresent()) {
            return;
        }
        end = Optional.of(Deadline.after(pace.closeTime()));
        queue.close();
        try {
            thread.join(pace.closeTime().plus(GRACE));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        client.close();
    }
}
