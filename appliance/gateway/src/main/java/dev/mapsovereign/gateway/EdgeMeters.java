package dev.mapsovereign.gateway;

import dev.mapsovereign.engine.balance.EndpointState;
import dev.mapsovereign.gateway.forward.EngineHosts;
import dev.mapsovereign.gateway.listen.Listener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** The edge's own metrics; what a call is, the engine counts. */
final class EdgeMeters {
    private static final int STATUS_MIN = 200;
    private static final int STATUS_MAX = 599;

    private final MeterRegistry registry;

    /** One counter a status, made when it first occurs; races make the same one. */
    private final Counter[] answers = new Counter[STATUS_MAX - STATUS_MIN + 1];

    EdgeMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Counts one answer. */
    void answered(int status) {
        int at = Math.clamp(status, STATUS_MIN, STATUS_MAX) - STATUS_MIN;
        Counter counter = answers[at];
        if (counter == null) {
            counter =
                    Counter.builder("map_gateway_answers_total")
                            .description("Answers sent, by HTTP status.")
                            .tag("status", String.valueOf(at + STATUS_MIN))
                            .register(registry);
            answers[at] = counter;
        }
        counter.increment();
    }

    /** Shows what is known of engine hosts. */
    void watch(EngineHosts hosts) {
        for (EndpointState host : hosts.hosts()) {
            String name = host.endpoint().name();
            Gauge.builder(
                            "map_gateway_engine_serving",
                            host,
                            state -> state.condition().equals("serving") ? 1 : 0)
                    .description("Whether an engine host gets calls.")
                    .tag("engine", name)
                    .strongReference(true)
                    .register(registry);
            FunctionCounter.builder(
                            "map_gateway_engine_answered_total", host, EndpointState::successes)
                    .description("Requests that an engine host answered.")
                    .tag("engine", name)
                    .register(registry);
            FunctionCounter.builder(
                            "map_gateway_engine_failed_total", host, EndpointState::failures)
                    .description("Requests that an engine host did not answer, or refused to take.")
                    .tag("engine", name)
                    .register(registry);
        }
    }

    /** Shows a listener's connections. */
    void watch(Listener listener) {
        Gauge.builder("map_gateway_connections", listener, Listener::connections)
                .description("Open connections.")
                .strongReference(true)
                .register(registry);
        FunctionCounter.builder(
                        "map_gateway_connections_shed_total", listener, Listener::connectionsShed)
                .description("Connections closed at once because a limit was reached.")
                .register(registry);
    }
}
