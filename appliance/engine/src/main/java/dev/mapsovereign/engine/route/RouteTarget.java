package dev.mapsovereign.engine.route;

import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.router.RetryBudget;
import dev.mapsovereign.engine.router.UpstreamClient;
import dev.mapsovereign.plugin.LoadedPlugin;

/** The tier that serves a route. */
public sealed interface RouteTarget {
    /** The tier's name, for people. */
    String tier();

    /**
     * A module inside this process.
     *
     * @param module the module
     */
    record Native(ProtocolModule module) implements RouteTarget {
        @Override
        public String tier() {
            return "native";
        }
    }

    /**
     * A remote process that answers the same dispatch body over HTTP.
     *
     * @param settings times and policies; its endpoints are those that the node started with
     * @param client connections to the endpoints
     * @param budget how often calls may be tried again
     */
    record External(ExternalRoute settings, UpstreamClient client, RetryBudget budget)
            implements RouteTarget {
        @Override
        public String tier() {
            return "external";
        }
    }

    /**
     * A signed plugin in the sandbox.
     *
     * @param plugin as it was loaded; calls that began before it was replaced keep it
     */
    record Plugin(LoadedPlugin plugin) implements RouteTarget {
        @Override
        public String tier() {
            return "wasm";
        }
    }
}
