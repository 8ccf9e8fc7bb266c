package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.balance.EndpointState;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.route.ExternalRoute;
import dev.mapsovereign.engine.route.Route;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Asks remote endpoints every few seconds whether they are well, where the configuration names a
 * path to ask. One virtual thread an endpoint, so that one that hangs delays no other.
 */
public final class HealthProbe implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HealthProbe.class.getName());

    private final UpstreamClient client;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();

    /** Begins at once for every external route that has a path to ask. */
    public HealthProbe(UpstreamClient client, List<ExternalRoute> externals, List<Route> routes) {
        this.client = client;
        for (ExternalRoute external : externals) {
            external.healthPath().ifPresent(path -> watch(external, path, routes));
        }
    }

    private void watch(ExternalRoute external, String path, List<Route> routes) {
        for (Route route : routes) {
            if (route.protocol().equals(external.protocol())
                    && route.version().equals(external.version())) {
                for (EndpointState state : route.pool().endpoints()) {
                    threads.add(
                            Thread.ofVirtual().name("map-health").start(() -> run(state, path)));
                }
            }
        }
    }

    private void run(EndpointState state, String path) {
        URI address = state.endpoint().address().orElseThrow();
        try {
            do {
                boolean well = client.isWell(address, path, Deadline.after(Limits.HEALTH_INTERVAL));
                if (well != state.healthy()) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "endpoint {0} is {1}",
                            state.endpoint().name(),
                            well ? "well again" : "not well");
                    state.healthy(well);
                }
            } while (!closing.await(Limits.HEALTH_INTERVAL.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closing.countDown();
        threads.forEach(Thread::interrupt);
    }
}
