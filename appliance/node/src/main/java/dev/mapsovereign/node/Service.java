package dev.mapsovereign.node;

import dev.mapsovereign.base.json.JsonObject;

/** What {@code map serve} runs: a {@link Node}, or a {@link GatewayNode}. */
public sealed interface Service extends AutoCloseable permits Node, GatewayNode {
    /**
     * Takes over what can be changed while it runs.
     *
     * @return {@code applied} and {@code needs_restart}, lists of keys
     * @throws dev.mapsovereign.base.error.OperatorException when the configuration has a problem
     */
    JsonObject reload();

    /** Finishes what is under way, then stops in order. A second call does nothing. */
    @Override
    void close();

    /**
     * Waits until the process is told to stop (SIGTERM, SIGINT), then stops in order and ends the
     * process with status 0; it does not return.
     *
     * @param onStop is run first when it is told
     */
    default void awaitStop(Runnable onStop) {
        StopSignal.await(() -> {
            onStop.run();
            close();
        });
    }
}
