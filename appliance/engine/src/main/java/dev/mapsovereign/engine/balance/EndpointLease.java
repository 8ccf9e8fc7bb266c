package dev.mapsovereign.engine.balance;

import dev.mapsovereign.engine.breaker.Breaker;
import dev.mapsovereign.engine.route.Endpoint;
import java.util.Optional;

/**
 * One call's place at an endpoint. Closing it gives the place back; a call that said nothing about
 * how it ended counts as one that never reached the endpoint. Used by one thread.
 */
public final class EndpointLease implements AutoCloseable {
    private final EndpointState state;
    private final Optional<Breaker.Permit> permit;
    private boolean closed;

    EndpointLease(EndpointState state, Optional<Breaker.Permit> permit) {
        this.state = state;
        this.permit = permit;
    }

    /** Where the call goes. */
    public Endpoint endpoint() {
        return state.endpoint();
    }

    /** The endpoint answered, be it with a refusal. */
    public void succeeded() {
        permit.ifPresent(Breaker.Permit::succeeded);
    }

    /** The endpoint did not answer, too late, or said that it cannot. */
    public void failed() {
        permit.ifPresent(Breaker.Permit::failed);
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
