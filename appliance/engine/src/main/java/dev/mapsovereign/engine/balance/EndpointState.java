package dev.mapsovereign.engine.balance;

import dev.mapsovereign.engine.breaker.Breaker;
import dev.mapsovereign.engine.route.Endpoint;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** One endpoint and what is known of it at the moment; safe for use by several threads. */
public final class EndpointState {
    private final Optional<Breaker> breaker;
    private final Outlier outlier;
    private final int inFlightMax;
    private final LongSupplier nanoTime;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final LongAdder successes = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder ejections = new LongAdder();
    private volatile Endpoint endpoint;
    private volatile boolean healthy = true;
    private volatile boolean drained;
    private volatile boolean removed;

    EndpointState(
            Endpoint endpoint,
            Optional<Breaker> breaker,
            OutlierPolicy outlier,
            int inFlightMax,
            LongSupplier nanoTime) {
        this.endpoint = endpoint;
        this.breaker = breaker;
        this.outlier = new Outlier(outlier, nanoTime.getAsLong());
        this.inFlightMax = inFlightMax;
        this.nanoTime = nanoTime;
    }

    /** The endpoint. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** Its breaker; empty for what runs in this process. */
    public Optional<Breaker> breaker() {
        return breaker;
    }

    /** How many calls it has now. */
    public int inFlight() {
        return inFlight.get();
    }

    /** How many calls it answered so far, be it with a refusal. */
    public long successes() {
        return successes.sum();
    }

    /** How many calls it failed so far. */
    public long failures() {
        return failures.sum();
    }

    /** How often it was left out as an outlier so far. */
    public long ejections() {
        return ejections.sum();
    }

    /** Whether its health probes are answered; true where none is made. */
    public boolean healthy() {
        return healthy;
    }

    /** What the health probes found. */
    public void healthy(boolean well) {
        healthy = well;
    }

    /** Whether it is left out as an outlier now. */
    public boolean ejected() {
        return outlier.ejected(nanoTime.getAsLong());
    }

    /** Whether an operator took it out; calls that it has go on. */
    public boolean drained() {
        return drained;
    }

    /** Takes it out by hand, or back in. */
    public void drained(boolean out) {
        drained = out;
    }

    /** Whether the configuration names it no more; calls that it has go on. */
    public boolean removed() {
        return removed;
    }

    void remove() {
        removed = true;
    }

    /** The same address with another weight. */
    void replace(Endpoint newer) {
        endpoint = newer;
    }

    /**
     * What it is at the moment, in one word: {@code serving}, or what keeps calls from it: {@code
     * removed}, {@code drained}, {@code unhealthy}, {@code ejected}, {@code open}, or, for all but
     * a few probes, {@code half_open}.
     */
    public String condition() {
        if (removed) {
            return "removed";
        }
        if (drained) {
            return "drained";
        }
        if (!healthy) {
            return "unhealthy";
        }
        if (ejected()) {
            return "ejected";
        }
        String circuit = breaker.map(Breaker::stateName).orElse(Breaker.CLOSED);
        return circuit.equals(Breaker.CLOSED) ? "serving" : circuit;
    }

    boolean breakerAdmits() {
        return breaker.isEmpty() || breaker.get().admits();
    }

    /** Whether it can take a call, its breaker aside. */
    boolean available() {
        return healthy && availableIfUnwell();
    }

    /** The same, whatever its health probes found. */
    boolean availableIfUnwell() {
        return !drained
                && !removed
                && inFlight.get() < inFlightMax
                && !outlier.ejected(nanoTime.getAsLong());
    }

    /** Takes a place, and a permit where there is a breaker. */
    Optional<EndpointLease> tryLease(EndpointPool pool) {
        if (inFlight.incrementAndGet() > inFlightMax) {
            inFlight.decrementAndGet();
            return Optional.empty();
        }
        if (breaker.isEmpty()) {
            return Optional.of(new EndpointLease(pool, this, Optional.empty()));
        }
        Optional<Breaker.Permit> permit = breaker.get().tryAcquire();
        if (permit.isEmpty()) {
            inFlight.decrementAndGet();
            return Optional.empty();
        }
        return Optional.of(new EndpointLease(pool, this, permit));
    }

    void released() {
        inFlight.decrementAndGet();
    }

    void countSuccess() {
        successes.increment();
        outlier.succeeded(nanoTime.getAsLong());
    }

    /** Why it ought to be left out now, if it ought to be. */
    Optional<String> countFailure() {
        failures.increment();
        return outlier.failed(nanoTime.getAsLong());
    }

    Duration eject() {
        ejections.increment();
        return outlier.eject(nanoTime.getAsLong());
    }

    void readmit() {
        outlier.readmit(nanoTime.getAsLong());
    }
}
