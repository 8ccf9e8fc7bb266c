package dev.mapsovereign.engine.balance;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.BalancedRequest;
import dev.mapsovereign.engine.request.PermittedRequest;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.StageName;
import java.util.List;

/** Stage 6: which endpoint of the target is used. */
public final class LoadBalancing {
    /** The stage has no settings of its own. */
    public LoadBalancing() {}

    /**
     * Takes a place at one of the endpoints; {@link EndpointPool} says at which.
     *
     * @throws RefusedException {@code no_endpoint_available}
     */
    public BalancedRequest pick(PermittedRequest request) {
        request.authorized().call().enter(StageName.LOAD_BALANCING);
        EndpointLease lease = request.pool().lease().orElseThrow(() -> noEndpoint(request));
        request.authorized().call().sentTo(lease.endpoint().name());
        return new BalancedRequest(request.authorized(), lease);
    }

    private static RefusedException noEndpoint(PermittedRequest request) {
        String protocol = request.authorized().versioned().route().protocol();
        List<EndpointState> endpoints = request.pool().endpoints();
        return new RefusedException(
                Refusal.of(
                                ErrorCode.NO_ENDPOINT_AVAILABLE,
                                "no endpoint of " + protocol + " is healthy and has room")
                        .withDetails(
                                JsonObject.builder()
                                        .put("endpoints", endpoints.size())
                                        .put("unhealthy", count(endpoints, "unhealthy"))
                                        .put("ejected", count(endpoints, "ejected"))
                                        .put("drained", count(endpoints, "drained"))
                                        .build())
                        .withRetryAfter(Limits.NO_ENDPOINT_RETRY));
    }

    private static long count(List<EndpointState> endpoints, String condition) {
        return endpoints.stream().filter(state -> state.condition().equals(condition)).count();
    }
}
