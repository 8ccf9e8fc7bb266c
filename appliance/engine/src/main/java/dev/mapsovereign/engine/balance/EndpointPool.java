package dev.mapsovereign.engine.balance;

import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.breaker.Breaker;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.route.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** The endpoints of one target; the list never changes, what is known of each does. */
public final class EndpointPool {
    private final List<EndpointState> endpoints;

    /** Where the next search among equals begins. */
    private final AtomicInteger turn = new AtomicInteger();

    private EndpointPool(List<EndpointState> endpoints) {
        this.endpoints = List.copyOf(endpoints);
    }

    /** This process, without breaker. */
    public static EndpointPool local() {
        return new EndpointPool(
                List.of(
                        new EndpointState(
                                Endpoint.LOCAL, Optional.empty(), Limits.LOCAL_CALLS_MAX)));
    }

    /**
     * Remote processes, each with a breaker.
     *
     * @param inFlightMax how many calls each may have at once
     * @param nanoTime a monotonic clock
     */
    public static EndpointPool remote(
            List<Endpoint> endpoints,
            BreakerPolicy policy,
            int inFlightMax,
            LongSupplier nanoTime) {
        List<EndpointState> states = new ArrayList<>();
        for (Endpoint endpoint : endpoints) {
            Breaker breaker = new Breaker(policy, nanoTime);
            states.add(new EndpointState(endpoint, Optional.of(breaker), inFlightMax));
        }
        return new EndpointPool(states);
    }

    /** All endpoints. */
    public List<EndpointState> endpoints() {
        return endpoints;
    }

    /** How many there are. */
    public int size() {
        return endpoints.size();
    }

    /** Whether at least one breaker would let a call through. */
    public boolean anyBreakerAdmits() {
        for (EndpointState state : endpoints) {
            if (state.breakerAdmits()) {
                return true;
            }
        }
        return false;
    }

    /** How long until the first open breaker may be tried; a second where probes decide. */
    public Duration shortestWait() {
        OptionalLong shortest =
                endpoints.stream()
                        .flatMap(state -> state.breaker().stream())
                        .flatMapToLong(breaker -> breaker.waitNanos().stream())
                        .min();
        return shortest.isPresent()
                ? Duration.ofNanos(shortest.getAsLong())
                : Duration.ofSeconds(1);
    }

    /**
     * The endpoint with the fewest calls among those that may have one, with a place in it. Among
     * equals each gets its turn. Another caller may take the place first: then the next best, each
     * endpoint at most once.
     */
    public Optional<EndpointLease> lease() {
        if (endpoints.size() == 1) {
            EndpointState only = endpoints.getFirst();
            return only.available() ? only.tryLease() : Optional.empty();
        }
        List<EndpointState> candidates = new ArrayList<>(endpoints.size());
        int first = Math.floorMod(turn.getAndIncrement(), Math.max(1, endpoints.size()));
        for (int i = 0; i < endpoints.size(); i++) {
            EndpointState state = endpoints.get((first + i) % endpoints.size());
            if (state.available() && state.breakerAdmits()) {
                candidates.add(state);
            }
        }
        while (!candidates.isEmpty()) {
            EndpointState best = leastLoaded(candidates);
            Optional<EndpointLease> lease = best.tryLease();
            if (lease.isPresent()) {
                return lease;
            }
            candidates.remove(best);
        }
        return Optional.empty();
    }

    private static EndpointState leastLoaded(List<EndpointState> candidates) {
        EndpointState best = candidates.getFirst();
        for (EndpointState candidate : candidates) {
            if (candidate.inFlight() < best.inFlight()) {
                best = candidate;
            }
        }
        return best;
    }
}
