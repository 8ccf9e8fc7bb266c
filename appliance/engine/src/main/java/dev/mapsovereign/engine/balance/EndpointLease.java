package dev.mapsovereign.engine.balance;

import dev.mapsovereign.engine.breaker.Breaker;
import dev.mapsovereign.engine.route.Endpoint;
import java.util.Optional;

/**
 * One call's place at an endpoint. Closing it gives the place back; a call that said nothing about
 * how it ended counts as one that never reached the endpoint. Used by one thread.
 */
public final class EndpointLease implements AutoCloseable {
    private final EndpointPool pool;
    private final EndpointState state;
    private final Optional<Breaker.Permit> permit;
    private boolean ended;
    private boolean closed;

    EndpointLease(EndpointPool pool, EndpointState state, Optional<Breaker.Permit> permit) {
        this.pool = pool;
        this.state = state;
        this.permit = permit;
    }

    /** Where the call goes. */
    public Endpoint endpoint() {
        return state.endpoint();
    }

    EndpointState state() {
        return state;
    }

    /** The endpoint answered after so many nanoseconds, be it with a refusal. */
    public void succeeded(long nanos) {
        if (!ended) {
            ended = true;
            permit.ifPresent(own -> own.succeeded(nanos));
            state.countSuccess();
        }
    }

    /** The endpoint did not answer, too late, or said that it cannot; after so many nanoseconds. */
    public void failed(long nanos) {
        if (!ended) {
            ended = true;
            permit.ifPresent(own -> own.failed(nanos));
            pool.failed(state);
        }
    }

    /** The same place in other hands: they give it back, and closing this lease does nothing. */
    public EndpointLease handedOver() {
        EndpointLease other = new EndpointLease(pool, state, permit);
        other.ended = ended;
        ended = true;
        closed = true;
        return other;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            permit.ifPresent(Breaker.Permit::release);
            state.released();
        }
    }
}
