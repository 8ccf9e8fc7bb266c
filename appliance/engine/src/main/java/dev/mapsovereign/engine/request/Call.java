package dev.mapsovereign.engine.request;

import dev.mapsovereign.auditlog.Intent;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.engine.EngineMeters;
import dev.mapsovereign.engine.idempotency.Claim;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.ratelimit.RateState;
import dev.mapsovereign.engine.route.Operation;
import dev.mapsovereign.engine.route.Route;
import dev.mapsovereign.engine.route.VersionDates;
import dev.mapsovereign.engine.trace.CallTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The trail of one call: which stage it is in, and what became known on the way.
 *
 * <p>The stages hand the call on by types of their own, so that the compiler keeps their order. The
 * trail exists for the other way out: wherever a refusal is thrown, the one place that catches it
 * finds here what the record must say, and what was begun and must be ended: an intent entry in the
 * journal, a claimed idempotency key.
 *
 * <p>Used by the call's thread alone.
 */
public final class Call {
    private final Arrival arrival;
    private final EngineMeters meters;
    private @Nullable StageName stage;
    private long stageBeganNanos;
    private @Nullable Route route;
    private @Nullable Operation operation;
    private @Nullable Caller caller;
    private boolean identified;
    private @Nullable InvokeContext context;
    private @Nullable Intent intent;
    private @Nullable Claim claim;
    private @Nullable String endpoint;
    private List<String> earlierEndpoints = List.of();
    private @Nullable RateState rate;
    private VersionDates.@Nullable Ending ending;
    private Effect effect = Effect.NONE;
    private @Nullable StreamedSoFar streamed;
    private @Nullable CallTrace trace;

    /** A call of which nothing is known but how it arrived. */
    public Call(Arrival arrival, EngineMeters meters) {
        this.arrival = arrival;
        this.meters = meters;
    }

    /** How it arrived. */
    public Arrival arrival() {
        return arrival;
    }

    /** Its id. */
    public CorrelationId correlationId() {
        return arrival.correlationId();
    }

    /** A stage begins, and with it the one before ends. */
    public void enter(StageName next) {
        long now = System.nanoTime();
        if (stage != null) {
            meters.stage(stage, now - stageBeganNanos);
        }
        stage = next;
        stageBeganNanos = now;
        if (trace != null) {
            trace.enter(next, now);
        }
    }

    /** The last stage ends. */
    public void leave() {
        if (stage != null) {
            meters.stage(stage, System.nanoTime() - stageBeganNanos);
        }
    }

    /** The stage it is in; empty before the first. */
    public Optional<StageName> stage() {
        return Optional.ofNullable(stage);
    }

    /** Microseconds since the first byte was read; never negative. */
    public long latencyMicros() {
        return Math.max(0, (System.nanoTime() - arrival.receivedNanos()) / 1_000);
    }

    /** Stage 1 found where it goes. */
    public void routed(Route foundRoute, Operation foundOperation) {
        route = foundRoute;
        operation = foundOperation;
    }

    /** Where it goes. */
    public Optional<Route> route() {
        return Optional.ofNullable(route);
    }

    /** What it calls there. */
    public Optional<Operation> operation() {
        return Optional.ofNullable(operation);
    }

    /** The protocol as resolved, or else as asked for; empty when the body could not be read. */
    public Optional<String> protocolName() {
        if (route != null) {
            return Optional.of(route.protocol());
        }
        return envelope().map(Envelope::protocol);
    }

    /** The version as resolved. */
    public Optional<String> versionName() {
        return route().map(found -> found.version().toString());
    }

    /** The operation as asked for; empty when the body could not be read. */
    public Optional<String> operationName() {
        return envelope().map(Envelope::operation);
    }

    private Optional<Envelope> envelope() {
        return arrival instanceof InboundRequest inbound
                ? Optional.of(inbound.envelope())
                : Optional.empty();
    }

    /** The credential was looked at and is good, or none is needed. */
    public void identified(Caller verified) {
        identified = true;
        caller = verified;
    }

    /** The credential was looked at and is not good: nobody knows who calls. */
    public void notIdentified() {
        identified = true;
    }

    /** Whether the credential was looked at; a signed request can be checked only once. */
    public boolean identified() {
        return identified;
    }

    /** Who calls; empty until somebody has verified it. */
    public Optional<Caller> caller() {
        return Optional.ofNullable(caller);
    }

    /** The context that the module got, with its notes. */
    public void invokedWith(InvokeContext given) {
        context = given;
    }

    /** The context that the module got; empty when it was not called. */
    public Optional<InvokeContext> context() {
        return Optional.ofNullable(context);
    }

    /** An intent entry stands in the journal; the record completes it. */
    public void intended(Intent begun) {
        intent = begun;
    }

    /** Whether an intent entry waits for its record. */
    public boolean hasIntent() {
        return intent != null;
    }

    /** The intent entry, once: whoever takes it completes it. */
    public Optional<Intent> takeIntent() {
        Optional<Intent> taken = Optional.ofNullable(intent);
        intent = null;
        return taken;
    }

    /** The call holds an idempotency key. */
    public void claimed(Claim held) {
        claim = held;
    }

    /** The key's claim, once: whoever takes it keeps the answer or gives the key back. */
    public Optional<Claim> takeClaim() {
        Optional<Claim> taken = Optional.ofNullable(claim);
        claim = null;
        return taken;
    }

    /** A rate was looked at; of several, the one with the fewest calls left is kept. */
    public void rated(RateState state) {
        if (rate == null || state.remaining() < rate.remaining()) {
            rate = state;
        }
    }

    /** What is left of the caller's rate; empty before stage 3 and for whom no rate is told. */
    public Optional<RateState> rate() {
        return Optional.ofNullable(rate);
    }

    /** It calls a version that comes to an end. */
    public void ending(VersionDates.Ending end) {
        ending = end;
    }

    /** When the version that it calls ends; empty for one that goes on. */
    public Optional<VersionDates.Ending> ending() {
        return Optional.ofNullable(ending);
    }

    /** The endpoint that was chosen; after a first one, that the call is tried there too. */
    public void sentTo(String name) {
        if (endpoint != null) {
            earlierEndpoints = new ArrayList<>(earlierEndpoints);
            earlierEndpoints.add(endpoint);
        }
        endpoint = name;
    }

    /** The endpoints that failed the call before it was tried at the last one, in order. */
    public List<String> earlierEndpoints() {
        return List.copyOf(earlierEndpoints);
    }

    /** The endpoint that was chosen; empty before stage 6. */
    public Optional<String> endpoint() {
        return Optional.ofNullable(endpoint);
    }

    /** The call is traced. */
    public void traced(CallTrace begun) {
        trace = begun;
    }

    /** The call is not traced after all. */
    public void untraced() {
        trace = null;
    }

    /** Its trace; empty where it has none. */
    public Optional<CallTrace> trace() {
        return Optional.ofNullable(trace);
    }

    /** Its answer comes in parts; gives what counts them, none so far. */
    public StreamedSoFar streams() {
        StreamedSoFar begun = new StreamedSoFar();
        streamed = begun;
        return begun;
    }

    /** What of its answer was handed on; empty for one that comes whole. */
    public Optional<StreamedSoFar> streamed() {
        return Optional.ofNullable(streamed);
    }

    /** Says what the call may have changed if it fails from here on. */
    public void effect(Effect value) {
        effect = value;
    }

    /** What the call may have changed. */
    public Effect effect() {
        return effect;
    }
}
