package dev.mapsovereign.engine.router;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Effect;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.plugin.LoadedPlugin;
import dev.mapsovereign.plugin.PluginAnswer;
import dev.mapsovereign.plugin.PluginHost;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Calls the WASM tier. A plugin has no files and no network, so a call that fails has changed
 * nothing.
 */
final class PluginCall {
    /** What a plugin may refuse in its own name; anything else it says is a fault of the plugin. */
    private static final Set<ErrorCode> PASSED_ON =
            EnumSet.of(
                    ErrorCode.INVALID_PAYLOAD,
                    ErrorCode.POLICY_DENIED,
                    ErrorCode.NOT_FOUND,
                    ErrorCode.UNKNOWN_OPERATION);

    private final Optional<PluginHost> host;

    PluginCall(Optional<PluginHost> host) {
        this.host = host;
    }

    JsonObject call(
            Call call,
            LoadedPlugin plugin,
            String operation,
            JsonObject input,
            InvokeContext context) {
        PluginHost running = host.orElseThrow(() -> new IllegalStateException("no plugin host"));
        PluginAnswer answer =
                running.call(
                        plugin,
                        operation,
                        input,
                        contextOf(context),
                        context.deadline().remaining());
        call.effect(Effect.NONE);
        return switch (answer) {
            case PluginAnswer.Answered(JsonObject data, JsonObject metadata) -> data;
            case PluginAnswer.Refused(String code, String message) ->
                    throw refusal(plugin, code, message);
            case PluginAnswer.Failed(PluginAnswer.Fault fault, String message) ->
                    throw new RefusedException(Refusal.of(codeOf(fault), message));
        };
    }

    private static RefusedException refusal(LoadedPlugin plugin, String code, String message) {
        Optional<ErrorCode> known = ErrorCode.ofWire(code).filter(PASSED_ON::contains);
        return known.isPresent()
                ? new RefusedException(Refusal.of(known.get(), message))
                : new RefusedException(
                        Refusal.of(
                                        ErrorCode.ADAPTER_ERROR,
                                        plugin.manifest().name() + " refused: " + message)
                                .withDetails(
                                        JsonObject.builder().put("plugin_code", code).build()));
    }

    private static ErrorCode codeOf(PluginAnswer.Fault fault) {
        return switch (fault) {
            case TIMED_OUT -> ErrorCode.TIMEOUT;
            case TRAPPED, BAD_ANSWER -> ErrorCode.ADAPTER_ERROR;
            case BUSY -> ErrorCode.NO_ENDPOINT_AVAILABLE;
        };
    }

    private static JsonObject contextOf(InvokeContext context) {
        return JsonObject.builder()
                .put("correlation_id", context.correlationId().toString())
                .put("deadline_ms", context.deadline().remaining().toMillis())
                .put("tenant_id", context.tenant().value())
                .putIfPresent("agent_did", context.caller().map(did -> did.text()))
                .put("traceparent", context.onwardTrace().header())
                .build();
    }
}
