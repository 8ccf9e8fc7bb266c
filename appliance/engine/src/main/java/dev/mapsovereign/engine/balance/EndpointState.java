package dev.mapsovereign.engine.balance;

import dev.mapsovereign.engine.breaker.Breaker;
import dev.mapsovereign.engine.route.Endpoint;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** One endpoint and what is known of it at the moment; safe for use by several threads. */
public final class EndpointState {
    private final Endpoint endpoint;
    private final Optional<Breaker> breaker;
    private final int inFlightMax;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile boolean healthy = true;

    EndpointState(Endpoint endpoint, Optional<Breaker> breaker, int inFlightMax) {
        this.endpoint = endpoint;
        this.breaker = breaker;
        this.inFlightMax = inFlightMax;
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

    /** Whether its last health probe was answered; true where none is made. */
    public boolean healthy() {
        return healthy;
    }

    /** What the health probe found. */
    public void healthy(boolean answered) {
        healthy = answered;
    }

    boolean breakerAdmits() {
        return breaker.isEmpty() || breaker.get().admits();
    }

    /** Whether it can take a call as far as health and load go. */
    boolean available() {
        return healthy && inFlight.get() < inFlightMax;
    }

    /** Takes a place, and a permit where there is a breaker. */
    Optional<EndpointLease> tryLease() {
        if (inFlight.incrementAndGet() > inFlightMax) {
            inFlight.decrementAndGet();
            return Optional.empty();
        }
        if (breaker.isEmpty()) {
            return Optional.of(new EndpointLease(this, Optional.empty()));
        }
        Optional<Breaker.Permit> permit = breaker.get().tryAcquire();
        if (permit.isEmpty()) {
            inFlight.decrementAndGet();
            return Optional.empty();
        }
        return Optional.of(new EndpointLease(this, permit));
    }

    void released() {
        inFlight.decrementAndGet();
    }
}
