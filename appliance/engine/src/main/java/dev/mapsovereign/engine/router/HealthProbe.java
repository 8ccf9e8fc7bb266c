package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.balance.EndpointState;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.route.HealthPolicy;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Asks the endpoints of one route every few seconds whether they are well, where the configuration
 * names a path to ask. One virtual thread an endpoint, so that one that hangs delays no other.
 *
 * <p>An endpoint counts as well until some probes in a row say otherwise: one lost packet is no
 * outage, and the first handshakes of a node that has just started are slow. One good answer is no
 * recovery either.
 */
public final class HealthProbe implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HealthProbe.class.getName());

    private final UpstreamClient client;
    private final HealthPolicy policy;
    private final Map<EndpointState, Thread> threads = new ConcurrentHashMap<>();

    /** Asks nobody yet. */
    public HealthProbe(UpstreamClient client, HealthPolicy policy) {
        this.client = client;
        this.policy = policy;
    }

    /** Asks these from now on, and no others; those that it knows already go on. */
    public void watch(List<EndpointState> endpoints) {
        if (policy.path().isEmpty()) {
            return;
        }
        String path = policy.path().get();
        threads.forEach((state, thread) -> {
            if (!endpoints.contains(state)) {
                threads.remove(state);
                thread.interrupt();
            }
        });
        for (EndpointState state : endpoints) {
            threads.computeIfAbsent(
                    state,
                    own -> Thread.ofVirtual().name("map-health").start(() -> run(own, path)));
        }
    }

    private void run(EndpointState state, String path) {
        URI address = state.endpoint().address().orElseThrow();
        int differing = 0;
        while (!Thread.currentThread().isInterrupted()) {
            boolean well = client.isWell(address, path, Deadline.after(policy.probeTime()));
            differing = well == state.healthy() ? 0 : differing + 1;
            int needed = state.healthy() ? policy.fall() : policy.rise();
            if (differing >= needed && !Thread.currentThread().isInterrupted()) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "endpoint {0} is {1}",
                        state.endpoint().name(),
                        well ? "well again" : "not well");
                state.healthy(well);
                differing = 0;
            }
            try {
                Thread.sleep(policy.interval());
            } catch (InterruptedException closing) {
                return;
            }
        }
    }

    @Override
    public void close() {
        threads.values().forEach(Thread::interrupt);
    }
}
