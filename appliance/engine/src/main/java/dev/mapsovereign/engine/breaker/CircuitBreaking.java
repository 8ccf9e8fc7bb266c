package dev.mapsovereign.engine.breaker;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.balance.EndpointPool;
import dev.mapsovereign.engine.request.AuthorizedRequest;
import dev.mapsovereign.engine.request.PermittedRequest;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.StageName;

/**
 * Stage 5: whether any endpoint of the target is believed to work.
 *
 * <p>Each endpoint has a breaker of its own; the target's circuit is open when all of them are.
 * What runs in this process has no breaker: one caller's endless loop in a plugin must not close
 * the plugin to everybody.
 */
public final class CircuitBreaking {
    /** The stage has no settings of its own. */
    public CircuitBreaking() {}

    /**
     * Lets the call pass unless every breaker is open.
     *
     * @throws RefusedException {@code circuit_open}, with the time until the first may be tried
     */
    public PermittedRequest permit(AuthorizedRequest request) {
        request.call().enter(StageName.CIRCUIT_BREAKING);
        EndpointPool pool = request.versioned().route().pool();
        if (!pool.anyBreakerAdmits()) {
            throw open(request.versioned().route().protocol(), pool);
        }
        return new PermittedRequest(request, pool);
    }

    private static RefusedException open(String protocol, EndpointPool pool) {
        return new RefusedException(
                Refusal.of(
                                ErrorCode.CIRCUIT_OPEN,
                                "every endpoint of "
                                        + protocol
                                        + " failed lately; calls are held back for a while")
                        .withDetails(JsonObject.builder().put("endpoints", pool.size()).build())
                        .withRetryAfter(pool.shortestWait()));
    }
}
