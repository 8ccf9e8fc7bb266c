package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.balance.EndpointState;
import dev.mapsovereign.engine.breaker.Breaker;
import dev.mapsovereign.engine.route.Route;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The metrics of one route's endpoints. Their labels come from the configuration alone, so that
 * there are at most as many series as it names endpoints; those of an endpoint that it names no
 * more are taken away.
 *
 * <p>Used by one thread at a time; what is shown is read by any.
 */
final class EndpointMeters {
    private static final List<String> CIRCUITS = List.of("closed", "half_open", "open");

    private final MeterRegistry registry;
    private final Tags route;
    private final Map<EndpointState, List<Meter>> shown = new HashMap<>();

    EndpointMeters(MeterRegistry registry, Route route, RetryBudget budget) {
        this.registry = registry;
        this.route = Tags.of("protocol", route.protocol(), "version", route.version().toString());
        FunctionCounter.builder("map_endpoint_retries_total", budget, RetryBudget::taken)
                .description("Tries of a call at another endpoint, after one had failed it.")
                .tags(this.route)
                .register(registry);
        FunctionCounter.builder("map_endpoint_retries_refused_total", budget, RetryBudget::refused)
                .description("Tries that the route's budget did not allow.")
                .tags(this.route)
                .register(registry);
    }

    /** Shows these and no others from now on. */
    void show(List<EndpointState> endpoints) {
        List<EndpointState> gone = new ArrayList<>(shown.keySet());
        gone.removeAll(endpoints);
        for (EndpointState state : gone) {
            shown.getOrDefault(state, List.of()).forEach(registry::remove);
            shown.remove(state);
        }
        for (EndpointState state : endpoints) {
            shown.computeIfAbsent(state, this::metersOf);
        }
    }

    private List<Meter> metersOf(EndpointState state) {
        Tags tags = route.and("endpoint", state.endpoint().name());
        List<Meter> meters = new ArrayList<>();
        meters.add(
                gauge("in_flight", "Calls that it has now.", state, tags, EndpointState::inFlight));
        meters.add(
                gauge(
                        "healthy",
                        "1 while its health probes are answered, or none is made.",
                        state,
                        tags,
                        each -> each.healthy() ? 1 : 0));
        meters.add(
                gauge(
                        "ejected",
                        "1 while it gets no calls because it failed and others did not.",
                        state,
                        tags,
                        each -> each.ejected() ? 1 : 0));
        meters.add(
                gauge(
                        "drained",
                        "1 while an operator keeps calls from it.",
                        state,
                        tags,
                        each -> each.drained() ? 1 : 0));
        meters.add(
                gauge(
                        "circuit",
                        "Its breaker: 0 closed, 1 half open, 2 open.",
                        state,
                        tags,
                        EndpointMeters::circuit));
        meters.add(calls(state, tags.and("outcome", "success"), EndpointState::successes));
        meters.add(calls(state, tags.and("outcome", "failure"), EndpointState::failures));
        meters.add(
                FunctionCounter.builder(
                                "map_endpoint_ejections_total", state, EndpointState::ejections)
                        .description("How often it was left out because others did better.")
                        .tags(tags)
                        .register(registry));
        return meters;
    }

    private static double circuit(EndpointState state) {
        return CIRCUITS.indexOf(state.breaker().map(Breaker::stateName).orElse(Breaker.CLOSED));
    }

    private Meter calls(EndpointState state, Tags tags, ToDoubleFunction<EndpointState> count) {
        return FunctionCounter.builder("map_endpoint_calls_total", state, count)
                .description("Calls that it answered, refusals included, and calls that it failed.")
                .tags(tags)
                .register(registry);
    }

    private Meter gauge(
            String name,
            String description,
            EndpointState state,
            Tags tags,
            ToDoubleFunction<EndpointState> value) {
        return Gauge.builder("map_endpoint_" + name, state, value)
                .description(description)
                .tags(tags)
                .strongReference(true)
                .register(registry);
    }
}
