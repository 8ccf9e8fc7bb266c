package dev.mapsovereign.engine.trace;

import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.engine.EngineMeters;
import dev.mapsovereign.engine.request.Arrival;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.TraceParent;
import dev.mapsovereign.engine.result.CallRecords;
import dev.mapsovereign.engine.route.EgressPolicy;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Decides which calls are traced, and hands those that have ended to the memory and the collector.
 * Where neither is configured it does nothing at all: a call that is not traced costs one look at a
 * field.
 *
 * <p>Safe for use by any number of threads. No call waits for anything in here.
 */
public final class Tracing implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Tracing.class.getName());
    private static final int HUNDRED_PERCENT = 100;

    private final boolean on;
    private final int samplePercent;
    private final KeptTraces kept;
    private final Optional<SpanExporter> exporter;
    private final List<TraceSink> sinks = new ArrayList<>(2);
    private final Clock clock;

    private Tracing(TraceConfig config, Optional<SpanExporter> exporter, Clock clock) {
        this.on = config.on();
        this.samplePercent = config.samplePercent();
        this.kept = new KeptTraces(config.kept());
        this.exporter = exporter;
        this.clock = clock;
        if (config.kept() > 0) {
            sinks.add(kept);
        }
        exporter.ifPresent(sinks::add);
    }

    /** One that traces nothing. */
    public static Tracing off() {
        return new Tracing(TraceConfig.OFF, Optional.empty(), Clock.systemUTC());
    }

    /**
     * Reads the TLS files and begins to wait for calls; connects to nothing until there is one.
     *
     * @param egress asked before every connection
     * @param siteTrust the site's own authority, trusted where the table names no other
     * @param node the journal's name: which node the spans are from
     * @throws dev.mapsovereign.base.error.OperatorException with exit code 3 when the TLS files
     *     cannot be used
     */
    public static Tracing start(
            TraceConfig config,
            EgressPolicy egress,
            Optional<TrustFiles> siteTrust,
            String node,
            MeterRegistry registry,
            Clock clock) {
        Optional<SpanExporter> exporter =
                config.collector()
                        .map(collector ->
                                SpanExporter.start(
                                        collector,
                                        egress,
                                        siteTrust,
                                        node,
                                        registry,
                                        SpanExporter.Pace.DEFAULT));
        return new Tracing(config, exporter, clock);
    }

    /** A call begins; it has a trace from now on if it is to have one. */
    public Call begin(Call call) {
        if (on && sampled(call.arrival())) {
            Instant now = clock.instant();
            long unixNanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
            call.traced(new CallTrace(unixNanos - System.nanoTime()));
        }
        return call;
    }

    /** A call has ended; does nothing for one without a trace, and never throws. */
    public void end(Call call) {
        if (!on) {
            return;
        }
        try {
            call.trace().ifPresent(trace -> take(finished(call, trace)));
        } catch (RuntimeException fault) {
            // The call is recorded and answered; what is lost is a picture of it.
            LOG.log(System.Logger.Level.WARNING, "a trace is lost", fault);
        }
    }

    private void take(FinishedTrace trace) {
        for (TraceSink sink : sinks) {
            sink.take(trace);
        }
    }

    /** The caller's word counts where it says one. */
    private boolean sampled(Arrival arrival) {
        Optional<TraceParent> came = arrival.trace();
        return came.isPresent() ? came.get().sampled() : drawn(arrival);
    }

    /** By the first 48 bits of the correlation id, which are random in a UUID of version 4. */
    private boolean drawn(Arrival arrival) {
        long bits = arrival.correlationId().value().getMostSignificantBits() >>> 16;
        return bits % HUNDRED_PERCENT < samplePercent;
    }

    private static FinishedTrace finished(Call call, CallTrace trace) {
        long now = System.nanoTime();
        trace.end(now);
        return new FinishedTrace(
                call.correlationId(),
                call.arrival().trace(),
                CallRecords.tenantOf(call),
                call.route().map(route -> route.protocol()).orElse(EngineMeters.UNKNOWN),
                call.versionName(),
                call.operation()
                        .map(operation -> operation.spec().name())
                        .orElse(EngineMeters.UNKNOWN),
                trace.outcome(),
                trace.code(),
                trace.refusedAt(),
                trace.interval(call.arrival().receivedNanos(), now),
                trace.stages(),
                trace.forward()
                        .map(time ->
                                new FinishedTrace.Forward(
                                        call.endpoint().orElse(EngineMeters.UNKNOWN),
                                        call.earlierEndpoints().size() + 1,
                                        time)));
    }

    /** The newest traced calls. */
    public KeptTraces kept() {
        return kept;
    }

    /**
     * Reads the collector's TLS files again.
     *
     * @return what takes them over and says whether they hold something else than before
     * @throws dev.mapsovereign.base.error.OperatorException when they cannot be used; nothing is
     *     changed then
     */
    public BooleanSupplier readTlsAgain() {
        return exporter.map(SpanExporter::readTlsAgain).orElse(() -> false);
    }

    /** Sends what waits, for a few seconds at most. */
    @Override
    public void close() {
        exporter.ifPresent(SpanExporter::close);
    }
}
