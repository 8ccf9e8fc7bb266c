package dev.mapsovereign.engine.router;

import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.engine.EngineConfig;
import dev.mapsovereign.engine.EngineMeters;
import dev.mapsovereign.engine.balance.EndpointPool;
import dev.mapsovereign.engine.balance.EndpointState;
import dev.mapsovereign.engine.route.EgressPolicy;
import dev.mapsovereign.engine.route.Endpoint;
import dev.mapsovereign.engine.route.ExternalRoute;
import dev.mapsovereign.engine.route.Route;
import dev.mapsovereign.engine.route.RouteTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * All that remote processes serve: for each route its endpoints, its client, its health probes and
 * its budget; and what can be changed of it while the node runs. Calls do not come through here,
 * they find what they need in {@link RouteTarget.External}.
 *
 * <p>Safe for use by several threads.
 */
public final class ExternalTier implements AutoCloseable {
    private final EgressPolicy egress;
    private final EngineMeters meters;
    private final DeadlineWatch watch = new DeadlineWatch();
    private final List<Remote> remotes = new ArrayList<>();

    /** One change of the endpoints or the files at a time. */
    private final ReentrantLock changing = new ReentrantLock();

    private record Remote(
            Route route, RouteTarget.External target, HealthProbe health, EndpointMeters meters) {}

    /**
     * Reads the TLS files and begins to ask for health; connects to nothing else yet.
     *
     * @param siteTrust the site's own authority; a file that need not exist unless a route needs it
     * @throws OperatorException with exit code 3 when a route's TLS files cannot be used
     */
    public ExternalTier(EngineConfig config, Optional<TrustFiles> siteTrust, EngineMeters meters) {
        this.egress = config.egress();
        this.meters = meters;
        try {
            for (ExternalRoute external : config.externals()) {
                remotes.add(remote(external, config, siteTrust));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        remotes.forEach(remote -> remote.health().watch(remote.route().pool().endpoints()));
    }

    private Remote remote(
            ExternalRoute external, EngineConfig config, Optional<TrustFiles> siteTrust) {
        UpstreamClient client = new UpstreamClient(egress, tls(external, siteTrust), watch);
        EndpointPool pool =
                EndpointPool.remote(
                        external.endpoints(),
                        config.breaker(),
                        external.outlier(),
                        external.callsMax());
        RouteTarget.External target =
                new RouteTarget.External(external, client, new RetryBudget(external.retry()));
        Route route =
                Route.of(
                        external.protocol(),
                        external.version(),
                        external.operations(),
                        target,
                        pool);
        EndpointMeters counted = new EndpointMeters(meters.registry(), route, target.budget());
        counted.show(pool.endpoints());
        return new Remote(route, target, new HealthProbe(client, external.health()), counted);
    }

    private static Optional<UpstreamTls> tls(
            ExternalRoute external, Optional<TrustFiles> siteTrust) {
        boolean wanted = external.usesTls() || external.tls().trust().isPresent();
        return wanted
                ? Optional.of(
                        UpstreamTls.of(
                                external.tls(),
                                siteTrust,
                                "external protocol "
                                        + external.protocol()
                                        + " "
                                        + external.version(),
                                "[[engine.external]]"))
                : Optional.empty();
    }

    /** What can be called there. */
    public List<Route> routes() {
        return remotes.stream().map(Remote::route).toList();
    }

    /**
     * Reads all TLS files again.
     *
     * @return what takes them over and says whether any holds something else than before; calls
     *     under way go on over the connections they have
     * @throws OperatorException naming the first that cannot be used; nothing is changed then
     */
    public BooleanSupplier readTlsAgain() {
        List<BooleanSupplier> newer =
                remotes.stream().map(remote -> remote.target().client().readTlsAgain()).toList();
        return () -> {
            changing.lock();
            try {
                return newer.stream().filter(BooleanSupplier::getAsBoolean).count() > 0;
            } finally {
                changing.unlock();
            }
        };
    }

    /**
     * Goes on with the endpoints and weights of these routes, where nothing else of a route changed
     * and the addresses may be connected to already.
     *
     * @param newer the routes as the configuration has them now
     * @return the places in the list of those that have other endpoints from now on
     */
    public List<Integer> reloadEndpoints(List<ExternalRoute> newer) {
        changing.lock();
        try {
            List<Integer> applied = new ArrayList<>();
            for (int at = 0; at < Math.min(newer.size(), remotes.size()); at++) {
                if (replaceEndpoints(remotes.get(at), newer.get(at))) {
                    applied.add(at);
                }
            }
            return applied;
        } finally {
            changing.unlock();
        }
    }

    private boolean replaceEndpoints(Remote remote, ExternalRoute newer) {
        List<Endpoint> now =
                remote.route().pool().endpoints().stream().map(EndpointState::endpoint).toList();
        boolean possible =
                newer.at(now).equals(remote.target().settings().at(now))
                        && !newer.endpoints().equals(now)
                        && newer.usesTls() == remote.target().settings().usesTls()
                        && newer.endpoints().stream()
                                .allMatch(each -> egress.allows(each.address().orElseThrow()));
        if (possible) {
            List<EndpointState> gone = remote.route().pool().replace(newer.endpoints());
            List<EndpointState> present = remote.route().pool().endpoints();
            remote.health().watch(present);
            remote.meters().show(present);
            gone.forEach(state ->
                    remote.target().client().forget(state.endpoint().address().orElseThrow()));
        }
        return possible;
    }

    @Override
    public void close() {
        for (Remote remote : remotes) {
            remote.health().close();
            remote.target().client().close();
        }
        watch.close();
    }
}
