package dev.mapsovereign.engine.route;

import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.plugin.LoadedPlugin;
import java.time.Duration;

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
     * @param callTimeout the most a call may take, within the caller's own deadline
     */
    record External(Duration callTimeout) implements RouteTarget {
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
