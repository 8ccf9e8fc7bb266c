package dev.mapsovereign.engine.balance;

import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.breaker.Breaker;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.route.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * The endpoints of one target, and which of them gets the next call: of two, drawn by weight among
 * those that may have one, the one with the fewer calls in flight for its weight. Two choices are
 * enough to spread the load about as evenly as looking at all (Mitzenmacher 2001), and unlike that
 * they do not send the calls of several nodes to the same endpoint at once.
 *
 * <p>Safe for use by several threads; taking a place waits for nobody.
 */
public final class EndpointPool {
    private static final System.Logger LOG = System.getLogger(EndpointPool.class.getName());

    private final BreakerPolicy breakers;
    private final OutlierPolicy outliers;
    private final int inFlightMax;
    private final LongSupplier nanoTime;
    private final IntUnaryOperator draw;

    /** Covers who is ejected and which endpoints there are; held for a moment, and rarely. */
    private final ReentrantLock changing = new ReentrantLock();

    private volatile List<EndpointState> endpoints;

    /**
     * Endpoints with breakers.
     *
     * @param inFlightMax how many calls each may have at once
     * @param nanoTime a monotonic clock
     * @param draw a random number below the given one, for any thread
     */
    public EndpointPool(
            List<Endpoint> endpoints,
            BreakerPolicy breakers,
            OutlierPolicy outliers,
            int inFlightMax,
            LongSupplier nanoTime,
            IntUnaryOperator draw) {
        this.breakers = breakers;
        this.outliers = outliers;
        this.inFlightMax = inFlightMax;
        this.nanoTime = nanoTime;
        this.draw = draw;
        this.endpoints = endpoints.stream().map(this::stateOf).toList();
    }

    private EndpointPool() {
        this(
                List.of(),
                BreakerPolicy.DEFAULT,
                OutlierPolicy.DEFAULT,
                Limits.LOCAL_CALLS_MAX,
                System::nanoTime,
                EndpointPool::random);
        endpoints =
                List.of(
                        new EndpointState(
                                Endpoint.LOCAL, Optional.empty(), outliers, inFlightMax, nanoTime));
    }

    /** This process, without breaker. */
    public static EndpointPool local() {
        return new EndpointPool();
    }

    /**
     * Remote processes, each with a breaker.
     *
     * @param inFlightMax how many calls each may have at once
     */
    public static EndpointPool remote(
            List<Endpoint> endpoints,
            BreakerPolicy breakers,
            OutlierPolicy outliers,
            int inFlightMax) {
        return new EndpointPool(
                endpoints, breakers, outliers, inFlightMax, System::nanoTime, EndpointPool::random);
    }

    private static int random(int bound) {
        return ThreadLocalRandom.current().nextInt(bound);
    }

    private EndpointState stateOf(Endpoint endpoint) {
        return new EndpointState(
                endpoint,
                Optional.of(new Breaker(breakers, nanoTime)),
                outliers,
                inFlightMax,
                nanoTime);
    }

    /** All endpoints; those that were removed are not among them. */
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

    /** A place at one endpoint; empty when none may have a call. */
    public Optional<EndpointLease> lease() {
        List<EndpointState> all = endpoints;
        if (all.size() == 1) {
            EndpointState only = all.getFirst();
            return only.available() ? only.tryLease(this) : Optional.empty();
        }
        return lease(all, List.of());
    }

    /** A place at an endpoint that is none of these; empty when no other may have the call. */
    public Optional<EndpointLease> leaseBeside(List<EndpointLease> tried) {
        return lease(endpoints, tried);
    }

    /**
     * Another caller may take the chosen place first, or the last permit of a breaker: then from
     * the others, each endpoint at most once.
     */
    private Optional<EndpointLease> lease(List<EndpointState> all, List<EndpointLease> tried) {
        EndpointState[] candidates = new EndpointState[all.size()];
        int count = 0;
        for (EndpointState state : all) {
            if (state.available()
                    && state.breakerAdmits()
                    && tried.stream().noneMatch(lease -> lease.state() == state)) {
                candidates[count++] = state;
            }
        }
        while (count > 0) {
            int chosen = lessLoadedOfTwo(candidates, count);
            Optional<EndpointLease> lease = candidates[chosen].tryLease(this);
            if (lease.isPresent()) {
                return lease;
            }
            candidates[chosen] = candidates[--count];
        }
        return Optional.empty();
    }

    /**
     * A place at the endpoint that is preferred most among those that may have one, and that are
     * none of these. Where no endpoint is well, one that is not may have the call: it knows best
     * what it can still do, and nobody else could do more.
     *
     * @param preference the greater, the better; of an endpoint always the same
     */
    public Optional<EndpointLease> leasePreferred(
            ToLongFunction<Endpoint> preference, List<EndpointLease> tried) {
        List<EndpointState> inOrder =
                endpoints.stream()
                        .filter(state -> state.availableIfUnwell() && state.breakerAdmits())
                        .filter(state -> tried.stream().noneMatch(lease -> lease.state() == state))
                        .sorted(
                                Comparator.comparing((EndpointState state) -> state.healthy())
                                        .thenComparingLong(
                                                state -> preference.applyAsLong(state.endpoint()))
                                        .reversed())
                        .toList();
        for (EndpointState state : inOrder) {
            Optional<EndpointLease> lease = state.tryLease(this);
            if (lease.isPresent()) {
                return lease;
            }
        }
        return Optional.empty();
    }

    private int lessLoadedOfTwo(EndpointState[] candidates, int count) {
        if (count == 1) {
            return 0;
        }
        int one = drawn(candidates, count, -1);
        int other = drawn(candidates, count, one);
        EndpointState first = candidates[one];
        EndpointState second = candidates[other];
        // Calls for each unit of weight, without dividing; among equals the first, which was drawn
        // by weight alone, so that an idle target sees its weights too.
        long load = (long) first.inFlight() * second.endpoint().weight();
        long otherLoad = (long) second.inFlight() * first.endpoint().weight();
        return otherLoad < load ? other : one;
    }

    /** The place of one candidate, drawn by weight; never that of {@code but}. */
    private int drawn(EndpointState[] candidates, int count, int but) {
        int[] weights = new int[count];
        int sum = 0;
        for (int at = 0; at < count; at++) {
            weights[at] = at == but ? 0 : candidates[at].endpoint().weight();
            sum += weights[at];
        }
        int left = draw.applyAsInt(sum);
        int at = 0;
        while (left >= weights[at]) {
            left -= weights[at++];
        }
        return at;
    }

    /** A call of that endpoint failed: counts it, and leaves the endpoint out if it is due. */
    void failed(EndpointState state) {
        Optional<String> why = state.countFailure();
        if (why.isPresent()) {
            eject(state, why.get());
        }
    }

    private void eject(EndpointState state, String why) {
        changing.lock();
        try {
            int size = endpoints.size();
            if (state.ejected() || state.removed() || !mayBeEjected(ejected() + 1, size)) {
                return;
            }
            Duration time = state.eject();
            LOG.log(
                    System.Logger.Level.WARNING,
                    "endpoint {0} gets no calls for {1} s: {2}",
                    state.endpoint().name(),
                    time.toSeconds(),
                    why);
        } finally {
            changing.unlock();
        }
    }

    private int ejected() {
        return (int) endpoints.stream().filter(EndpointState::ejected).count();
    }

    private boolean mayBeEjected(int ejected, int size) {
        return ejected * 100L <= (long) outliers.ejectedPercentMax() * size;
    }

    /**
     * Goes on with these endpoints. One that was there keeps what is known of it and may have
     * another weight; one that is new begins well; one that is missing gets no more calls, and
     * those that it has go on.
     *
     * @param newer none of them twice
     * @return those that are removed
     */
    public List<EndpointState> replace(List<Endpoint> newer) {
        changing.lock();
        try {
            List<EndpointState> before = endpoints;
            List<EndpointState> after = new ArrayList<>();
            for (Endpoint endpoint : newer) {
                Optional<EndpointState> known =
                        before.stream()
                                .filter(state ->
                                        state.endpoint().address().equals(endpoint.address()))
                                .findFirst();
                known.ifPresent(state -> state.replace(endpoint));
                after.add(known.orElseGet(() -> stateOf(endpoint)));
            }
            endpoints = List.copyOf(after);
            List<EndpointState> gone = new ArrayList<>(before);
            gone.removeAll(after);
            gone.forEach(EndpointState::remove);
            readmitBeyondTheShare();
            return gone;
        } finally {
            changing.unlock();
        }
    }

    /** Fewer endpoints: as many as were left out before may be too many now. */
    private void readmitBeyondTheShare() {
        for (EndpointState state : endpoints) {
            if (!mayBeEjected(ejected(), endpoints.size())) {
                state.readmit();
            }
        }
    }
}
