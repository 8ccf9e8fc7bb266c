package dev.mapsovereign.engine;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.agreement.Agreements;
import dev.mapsovereign.engine.balance.EndpointPool;
import dev.mapsovereign.engine.balance.LoadBalancing;
import dev.mapsovereign.engine.breaker.CircuitBreaking;
import dev.mapsovereign.engine.capability.CapabilityGate;
import dev.mapsovereign.engine.capability.CapabilitySet;
import dev.mapsovereign.engine.capability.CapabilitySources;
import dev.mapsovereign.engine.capability.EffectiveCapabilities;
import dev.mapsovereign.engine.context.AgentCertificates;
import dev.mapsovereign.engine.context.CallerIdentification;
import dev.mapsovereign.engine.context.ContextEnrichment;
import dev.mapsovereign.engine.context.TreatyCalls;
import dev.mapsovereign.engine.drain.Housekeeping;
import dev.mapsovereign.engine.drain.InFlight;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.engine.idempotency.IdempotencyStore;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolVersion;
import dev.mapsovereign.engine.pipeline.Pipeline;
import dev.mapsovereign.engine.policy.PolicyGate;
import dev.mapsovereign.engine.ratelimit.RateLimiting;
import dev.mapsovereign.engine.ratelimit.RecordAdmission;
import dev.mapsovereign.engine.ratelimit.UnrecordedRefusals;
import dev.mapsovereign.engine.request.Arrival;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.EventStream;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RejectedRequest;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.engine.result.CallRecords;
import dev.mapsovereign.engine.result.ResultHandling;
import dev.mapsovereign.engine.route.Route;
import dev.mapsovereign.engine.route.RouteTable;
import dev.mapsovereign.engine.route.RouteTarget;
import dev.mapsovereign.engine.route.Routes;
import dev.mapsovereign.engine.router.ExternalTier;
import dev.mapsovereign.engine.router.RouterInvocation;
import dev.mapsovereign.engine.schema.SchemaCatalog;
import dev.mapsovereign.engine.trace.Tracing;
import dev.mapsovereign.engine.version.VersionResolution;
import dev.mapsovereign.plugin.LoadedPlugin;
import dev.mapsovereign.plugin.PluginHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The one door for calls, whatever edge they come through: HTTP, MCP, the control socket.
 *
 * <p>{@link #handle} blocks the calling (virtual) thread until the call's record is durable. Safe
 * for use by any number of threads. {@link Pipeline} tells what happens inside.
 */
public final class Engine implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Engine.class.getName());
    private static final Duration DRAIN_RETRY = Duration.ofSeconds(5);

    /** Somebody has to look at the clock first. */
    private static final Duration SUSPENDED_RETRY = Duration.ofSeconds(60);

    private final Pipeline pipeline;
    private final ResultHandling resultHandling;
    private final EffectiveCapabilities effective;
    private final Agreements agreements;
    private final Routes routes;
    private final List<Route> fixedRoutes;
    private final ExternalTier external;
    private final AgentCertificates certificates;
    private final Housekeeping housekeeping;
    private final EngineMeters meters;
    private final Tracing tracing;
    private final Readiness readiness;
    private final InFlight inFlight = new InFlight();

    /** What every call is answered while none can be recorded truthfully. */
    private volatile Optional<Refusal> suspended = Optional.empty();

    /**
     * Puts the engine together and settles what an earlier run of this node left unfinished. Calls
     * can be handled from then on.
     */
    public Engine(EngineConfig config, EngineParts parts) {
        readiness = parts.readiness();
        agreements = parts.agreements();
        certificates = parts.certificates();
        tracing = parts.tracing();
        meters = new EngineMeters(parts.registry());
        meters.gauge(EngineMeters.IN_FLIGHT, inFlight, InFlight::count);
        parts.shared().ifPresent(meters::shared);
        external = new ExternalTier(config, parts.siteTrust(), meters);
        fixedRoutes = fixedRoutes(parts, external);
        routes = new Routes(new RouteTable(fixedRoutes));
        parts.plugins().ifPresent(this::follow);

        UnrecordedRefusals unrecorded = new UnrecordedRefusals(parts.log());
        RecordAdmission admission = new RecordAdmission(config.rateLimits(), unrecorded);
        CallRecords records = new CallRecords(parts.log(), parts.digests());
        IdempotencyStore idempotency =
                new IdempotencyStore(
                        parts.database(),
                        parts.node().node(),
                        config.idempotencyKept(),
                        parts.clock());
        CallerIdentification identification =
                new CallerIdentification(
                        parts.apiKeys(),
                        parts.sessions(),
                        new TreatyCalls(
                                config.didAuth().clockSkew(),
                                parts.agreements(),
                                parts.identities(),
                                parts.ed25519(),
                                parts.clock()),
                        parts.certificates(),
                        parts.tenants(),
                        parts.identities(),
                        parts.node());
        effective =
                new EffectiveCapabilities(
                        new CapabilitySources(
                                config.capabilities(),
                                config.aliases(),
                                config.jurisdictions(),
                                parts.identities(),
                                parts.grants(),
                                parts.agreements()));
        resultHandling =
                new ResultHandling(records, admission, identification, idempotency, meters);
        pipeline =
                new Pipeline(
                        new VersionResolution(routes, config.versions(), parts.clock()),
                        new ContextEnrichment(identification, config.callTimeout()),
                        new RateLimiting(config.rateLimits(), parts.shared()),
                        new CapabilityGate(
                                effective,
                                new PolicyGate(
                                        parts.policies(), config.jurisdictions(), parts.clock()),
                                parts.shared(),
                                parts.clock()),
                        idempotency,
                        new CircuitBreaking(),
                        new LoadBalancing(),
                        new RouterInvocation(records, idempotency, parts.plugins()),
                        resultHandling,
                        meters,
                        tracing);
        idempotency.settleOwn();
        housekeeping = new Housekeeping(parts, idempotency, unrecorded);
    }

    /**
     * Takes a call through all eight stages; its record is durable when this returns. Of one that
     * answers in parts the intent is durable then, and the call is inside until its stream is
     * closed.
     */
    public EngineResponse handle(InboundRequest request) {
        if (!inFlight.enter()) {
            return refuse(request, draining());
        }
        boolean stays = false;
        try {
            Optional<Refusal> instead = suspended;
            EngineResponse response =
                    instead.isPresent() ? refuse(request, instead.get()) : pipeline.run(request);
            if (response instanceof EngineResponse.Streaming(var _, EventStream events)) {
                events.afterwards(inFlight::leave);
                stays = true;
            }
            return response;
        } finally {
            if (!stays) {
                inFlight.leave();
            }
        }
    }

    /** Records and answers a call that the edge could not turn into an {@link InboundRequest}. */
    public EngineResponse reject(RejectedRequest request) {
        return refuse(request, suspended.orElse(request.refusal()));
    }

    /** For calls that do not get as far as the pipeline. */
    private EngineResponse refuse(Arrival arrival, Refusal refusal) {
        Call call = tracing.begin(new Call(arrival, meters));
        try {
            return resultHandling.refuse(call, refusal);
        } finally {
            tracing.end(call);
        }
    }

    /**
     * Refuses every call from now on without a record, until {@link #resume}: the node knows that
     * what a record would say, its time above all, would be false. Calls inside go on.
     *
     * @param why for the caller
     */
    public void suspend(String why) {
        suspended =
                Optional.of(
                        Refusal.of(ErrorCode.AUDIT_UNAVAILABLE, why)
                                .at(StageName.RESULT_HANDLING)
                                .withRetryAfter(SUSPENDED_RETRY));
    }

    /** Takes calls again. */
    public void resume() {
        suspended = Optional.empty();
    }

    /** The schemas that requests are checked against. */
    public SchemaCatalog schemas() {
        return new SchemaCatalog(routes);
    }

    /** What can be called at the moment. */
    public RouteTable routes() {
        return routes.current();
    }

    /** Who is let in by a client certificate. */
    public AgentCertificates certificates() {
        return certificates;
    }

    /** What a DID may do in a tenant. */
    public CapabilitySet capabilitiesOf(TenantId tenant, AgentDid did) {
        return effective.of(tenant, did);
    }

    /** What the identity directory answers has changed: an import, a revocation. */
    public void identitiesChanged() {
        agreements.forget();
        effective.forgetAll();
    }

    /** What remote processes serve. */
    public ExternalTier external() {
        return external;
    }

    /** The engine's metrics. */
    public EngineMeters meters() {
        return meters;
    }

    /**
     * Refuses new calls from now on and waits for those inside.
     *
     * @return whether all of them finished in time
     */
    public boolean drain(Duration timeout) {
        readiness.set(Readiness.DRAINING, "the node is stopping");
        inFlight.close();
        return inFlight.awaitEmpty(timeout);
    }

    /** Stops what runs in the background; writes what was counted. Drains first, if nobody did. */
    @Override
    public void close() {
        if (!inFlight.closed()) {
            drain(Duration.ZERO);
        }
        housekeeping.close();
        external.close();
    }

    private static Refusal draining() {
        return Refusal.of(
                        ErrorCode.DRAINING,
                        "this node is stopping; another one, or this one in a while, will answer")
                .withRetryAfter(DRAIN_RETRY);
    }

    private static List<Route> fixedRoutes(EngineParts parts, ExternalTier external) {
        // Their schemas are compiled by all processors: it is a tenth of a start.
        List<Route> fixed =
                new ArrayList<>(
                        parts.modules().parallelStream()
                                .map(module ->
                                        Route.of(
                                                module.protocol(),
                                                module.version(),
                                                module.operations(),
                                                new RouteTarget.Native(module),
                                                EndpointPool.local()))
                                .toList());
        fixed.addAll(external.routes());
        return fixed;
    }

    /**
     * Keeps the table in step with the plugin folder; calls under way keep the plugin they have.
     */
    private void follow(PluginHost host) {
        host.onChange(() -> replacePlugins(host));
        replacePlugins(host);
    }

    private void replacePlugins(PluginHost host) {
        List<Route> all = new ArrayList<>(fixedRoutes);
        for (LoadedPlugin plugin : host.plugins().values()) {
            addPlugin(plugin, all);
        }
        routes.update(current -> new RouteTable(all));
    }

    /** One plugin that cannot be routed must not keep the others from being called. */
    private static void addPlugin(LoadedPlugin plugin, List<Route> routes) {
        String name = plugin.manifest().name();
        try {
            Route route = pluginRoute(plugin);
            boolean taken =
                    routes.stream()
                            .anyMatch(other ->
                                    other.protocol().equals(route.protocol())
                                            && other.version().equals(route.version()));
            if (taken) {
                throw new IllegalArgumentException(
                        route.protocol() + " " + route.version() + " is served already");
            }
            routes.add(route);
        } catch (IllegalArgumentException unusable) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "plugin {0} cannot be called: {1}",
                    name,
                    unusable.getMessage());
        }
    }

    private static Route pluginRoute(LoadedPlugin plugin) {
        List<OperationSpec> operations = new ArrayList<>();
        for (Map.Entry<String, LoadedPlugin.Schemas> entry : plugin.schemas().entrySet()) {
            operations.add(
                    OperationSpec.of(
                            entry.getKey(),
                            entry.getValue().request(),
                            entry.getValue().response()));
        }
        operations.sort((one, other) -> one.name().compareTo(other.name()));
        return Route.of(
                plugin.manifest().protocol(),
                ProtocolVersion.parse("v" + plugin.manifest().version()),
                operations,
                new RouteTarget.Plugin(plugin),
                EndpointPool.local());
    }
}
