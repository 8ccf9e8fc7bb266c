package dev.mapsovereign.engine.router;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.balance.EndpointLease;
import dev.mapsovereign.engine.idempotency.IdempotencyStore;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.request.AuthorizedRequest;
import dev.mapsovereign.engine.request.BalancedRequest;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.Effect;
import dev.mapsovereign.engine.request.EnrichedRequest;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Outcome;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.engine.request.VersionedRequest;
import dev.mapsovereign.engine.result.CallRecords;
import dev.mapsovereign.engine.route.RouteTarget;
import dev.mapsovereign.engine.schema.CompiledSchema;
import dev.mapsovereign.plugin.PluginHost;
import java.util.List;
import java.util.Optional;

/**
 * Stage 7: the call itself, in whichever tier.
 *
 * <p>Whatever can be refused without effect is refused first: the input by its schema, the
 * deadline, the idempotency key. Then, for an operation that changes something, the intent goes to
 * the journal; and from there to the record the call's effect counts as unknown, until somebody who
 * knows says otherwise.
 */
public final class RouterInvocation {
    private final CallRecords records;
    private final IdempotencyStore idempotency;
    private final ExternalCall externalCall = new ExternalCall();
    private final PluginCall pluginCall;

    /** Calls modules in this process, plugins in that host, and remote processes. */
    public RouterInvocation(
            CallRecords records, IdempotencyStore idempotency, Optional<PluginHost> plugins) {
        this.records = records;
        this.idempotency = idempotency;
        pluginCall = new PluginCall(plugins);
    }

    /**
     * Calls the target and closes the lease.
     *
     * @throws RefusedException {@code invalid_payload}, {@code timeout}, {@code adapter_error}, or
     *     what the module refuses
     */
    public Outcome invoke(BalancedRequest balanced) {
        AuthorizedRequest request = balanced.authorized();
        request.call().enter(StageName.ROUTER_INVOCATION);
        try (EndpointLease lease = balanced.lease()) {
            requireValidInput(request.versioned());
            requireTime(request.enriched());
            boolean events = takesEvents(request.versioned());
            begin(request, events);
            return call(request, lease, events);
        }
    }

    private static void requireValidInput(VersionedRequest request) {
        List<CompiledSchema.Problem> problems =
                request.operation().input().problems(request.inbound().envelope().input());
        if (!problems.isEmpty()) {
            throw new RefusedException(
                    Refusal.of(
                                    ErrorCode.INVALID_PAYLOAD,
                                    "the input does not match the request schema of "
                                            + request.route().protocol()
                                            + " "
                                            + request.operation().spec().name())
                            .withDetails(
                                    JsonObject.builder()
                                            .put("errors", CompiledSchema.toJson(problems))
                                            .build()));
        }
    }

    private static void requireTime(EnrichedRequest request) {
        if (request.deadline().passed()) {
            throw new RefusedException(
                    Refusal.of(ErrorCode.TIMEOUT, "the deadline passed before the call began"));
        }
    }

    private static boolean takesEvents(VersionedRequest request) {
        return request.inbound().eventStream()
                && request.operation().spec().streams()
                && request.route().target() instanceof RouteTarget.External;
    }

    /** Where events may come, the caller hears something before the record: so that intends too. */
    private void begin(AuthorizedRequest request, boolean events) {
        Call call = request.call();
        idempotency.claim(request).ifPresent(call::claimed);
        boolean readOnly = request.versioned().operation().spec().readOnly();
        if (!readOnly || events) {
            records.begin(call);
        }
        if (!readOnly) {
            call.effect(Effect.UNKNOWN);
        }
    }

    private Outcome call(AuthorizedRequest request, EndpointLease lease, boolean events) {
        InvokeContext context = contextOf(request);
        request.call().invokedWith(context);
        String operation = request.versioned().operation().spec().name();
        JsonObject input = request.versioned().inbound().envelope().input();
        return switch (request.versioned().route().target()) {
            case RouteTarget.Native(ProtocolModule module) ->
                    whole(request, callNative(request.call(), module, operation, input, context));
            case RouteTarget.Plugin(var plugin) ->
                    whole(
                            request,
                            pluginCall.call(request.call(), plugin, operation, input, context));
            case RouteTarget.External external ->
                    switch (externalCall.call(request, external, lease, context, events)) {
                        case UpstreamVerdict.Answered(JsonObject data) -> whole(request, data);
                        case UpstreamVerdict.Begun(var parts) ->
                                new Outcome.Streaming(request, parts);
                    };
        };
    }

    private static JsonObject callNative(
            Call call,
            ProtocolModule module,
            String operation,
            JsonObject input,
            InvokeContext context) {
        try {
            return module.invoke(operation, input, context);
        } catch (ModuleRefusal refusal) {
            if (!refusal.effectUnknown()) {
                call.effect(Effect.NONE);
            }
            throw new RefusedException(
                    Refusal.of(refusal.code(), refusal.reason()).withDetails(refusal.details()));
        }
    }

    private static InvokeContext contextOf(AuthorizedRequest request) {
        InboundRequest inbound = request.versioned().inbound();
        Caller caller = request.enriched().caller();
        return InvokeContext.builder(caller.tenant())
                .caller(caller.did(), caller.kind())
                .correlationId(inbound.correlationId())
                .origin(inbound.origin())
                .trace(inbound.trace())
                .sampled(request.call().trace().isPresent())
                .requestedTenant(inbound.tenantHeader().or(inbound.envelope()::tenantId))
                .deadline(request.enriched().deadline())
                .effectiveCapabilities(request.capabilities())
                .build();
    }

    private static Outcome whole(AuthorizedRequest request, JsonObject data) {
        byte[] bytes = CanonicalJson.encode(data);
        if (bytes.length > Limits.DATA_BYTES_MAX) {
            throw new RefusedException(
                    Refusal.of(
                            ErrorCode.ADAPTER_ERROR,
                            "the answer has "
                                    + bytes.length
                                    + " bytes; at most "
                                    + Limits.DATA_BYTES_MAX
                                    + " can be given"));
        }
        return new Outcome.Whole(request, bytes);
    }
}
