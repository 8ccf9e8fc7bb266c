package dev.mapsovereign.plugin;

import dev.mapsovereign.base.json.JsonObject;

/** How one call of a plugin ended. */
public sealed interface PluginAnswer {
    /** The plugin answered. */
    record Answered(JsonObject data, JsonObject metadata) implements PluginAnswer {}

    /** The plugin itself refused, in its own words. */
    record Refused(String code, String message) implements PluginAnswer {}

    /** The call did not come to an answer; nothing of it outlives this call. */
    record Failed(Fault fault, String message) implements PluginAnswer {}

    /** Why a call failed. */
    enum Fault {
        /** It ran past its time and was stopped. */
        TIMED_OUT,
        /** It trapped: unreachable code, memory out of bounds, stack or memory exhausted. */
        TRAPPED,
        /** What it answered is not what the interface allows. */
        BAD_ANSWER,
        /** All of the host's plugin threads were busy; the plugin was never entered. */
        BUSY
    }
}
