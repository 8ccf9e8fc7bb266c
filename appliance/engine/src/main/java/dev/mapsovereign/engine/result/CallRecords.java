package dev.mapsovereign.engine.result;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.Intent;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.CredentialKind;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.Effect;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.engine.route.Route;
import dev.mapsovereign.engine.route.RouteTarget;
import dev.mapsovereign.plugin.LoadedPlugin;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes each call's one record: what a record says, and that it is written once. A call that
 * changes something has an intent entry in the journal first; its record then completes that entry,
 * whatever came of the call.
 */
public final class CallRecords {
    /** What failed rather than was refused. */
    private static final Set<ErrorCode> ERRORS =
            EnumSet.of(
                    ErrorCode.INTERNAL,
                    ErrorCode.ADAPTER_ERROR,
                    ErrorCode.TIMEOUT,
                    ErrorCode.INTERRUPTED);

    /** Members of a refusal's details that are texts of ours. */
    private static final List<String> RULE_TEXTS =
            List.of("capability", "policy", "policy_version", "policy_level", "policy_outcome");

    /** Members of a refusal's details that are numbers of ours. */
    private static final List<String> RULE_NUMBERS =
            List.of("limit", "per_seconds", "burst", "endpoints", "unhealthy");

    private final AuditLog log;
    private final Digests digests;

    /** Writes into that log. */
    public CallRecords(AuditLog log, Digests digests) {
        this.log = log;
        this.digests = digests;
    }

    /**
     * Announces in the journal that the call is about to take effect; durable when this returns.
     *
     * @throws dev.mapsovereign.base.audit.AuditUnavailableException when it cannot be
     */
    public void begin(Call call) {
        AuditDraft provisional =
                draft(call, tenantOf(call), EventType.ERROR, AuditOutcome.ERROR)
                        .code(ErrorCode.INTERRUPTED)
                        .stage(StageName.ROUTER_INVOCATION.wire())
                        .meta(meta(call, JsonObject.EMPTY))
                        .build();
        call.intended(log.begin(provisional));
    }

    /** Records a success; durable when this returns. */
    public RecordReference success(Call call, byte[] data, JsonObject extra) {
        TenantId tenant = tenantOf(call);
        AuditDraft draft =
                draft(call, tenant, EventType.PROTOCOL_INVOCATION, AuditOutcome.SUCCESS)
                        .outputHmac(digests.hmac(tenant, call.correlationId(), data))
                        .meta(meta(call, extra))
                        .build();
        return write(call, draft);
    }

    /** Records a refusal or a failure; durable when this returns. */
    public RecordReference refusal(Call call, Refusal refusal, JsonObject extra) {
        AuditDraft.Builder draft =
                draft(call, tenantOf(call), eventOf(refusal.code()), outcomeOf(refusal.code()))
                        .code(refusal.code())
                        .meta(meta(call, withRule(refusal, extra)));
        refusal.stage().ifPresent(stage -> draft.stage(stage.wire()));
        call.streamed()
                .filter(streamed -> streamed.events() > 0)
                .ifPresent(streamed ->
                        draft.outputHmac(
                                digests.hmac(
                                        tenantOf(call), call.correlationId(), streamed.bytes())));
        return write(call, draft.build());
    }

    /** The chain that the call's record goes to: the node's own for callers that nobody knows. */
    public static TenantId tenantOf(Call call) {
        return call.caller().map(Caller::tenant).orElse(TenantId.NODE);
    }

    /** How a refusal with that code counts. */
    public static AuditOutcome outcomeOf(ErrorCode code) {
        return ERRORS.contains(code) ? AuditOutcome.ERROR : AuditOutcome.REFUSED;
    }

    /** The event that a refusal with that code is. */
    static EventType eventOf(ErrorCode code) {
        return switch (code) {
            case UNAUTHENTICATED, CAPABILITY_DENIED, TENANT_MISMATCH, POLICY_DENIED ->
                    EventType.SECURITY_VIOLATION;
            case RATE_LIMITED -> EventType.RATE_LIMIT_EXCEEDED;
            case CIRCUIT_OPEN -> EventType.CIRCUIT_BREAKER_OPEN;
            default -> EventType.ERROR;
        };
    }

    private RecordReference write(Call call, AuditDraft draft) {
        Optional<Intent> intent = call.takeIntent();
        return intent.isPresent() ? intent.get().complete(draft) : log.append(draft);
    }

    private AuditDraft.Builder draft(
            Call call, TenantId tenant, EventType event, AuditOutcome outcome) {
        AuditDraft.Builder draft =
                AuditDraft.builder(tenant, event, outcome)
                        .correlationId(call.correlationId())
                        .latencyMicros(call.latencyMicros());
        call.protocolName().ifPresent(draft::protocol);
        call.versionName().ifPresent(draft::version);
        call.operationName().ifPresent(draft::operation);
        callerDid(call).ifPresent(draft::callerDid);
        call.arrival()
                .bodyReceived()
                .ifPresent(
                        body -> draft.inputHmac(digests.hmac(tenant, call.correlationId(), body)));
        return draft;
    }

    /** The verified DID, or the one that an unknown caller claims; {@code meta} tells which. */
    private static Optional<String> callerDid(Call call) {
        return call.caller().isPresent()
                ? call.caller().get().did().map(did -> did.text())
                : call.arrival().agentDidHeader();
    }

    private static JsonObject meta(Call call, JsonObject extra) {
        JsonObject.Builder meta =
                call.context()
                        .map(context -> context.notes().toBuilder())
                        .orElseGet(JsonObject::builder);
        CredentialKind kind = call.caller().map(Caller::kind).orElse(CredentialKind.ANONYMOUS);
        meta.put("credential", call.caller().isPresent() ? kind.wire() : "unverified");
        call.caller()
                .map(Caller::credentialId)
                .filter(id -> !id.isEmpty())
                .ifPresent(id -> meta.put("credential_id", id));
        meta.put("source", call.arrival().origin().source());
        call.endpoint()
                .filter(name -> !name.equals("local"))
                .ifPresent(name -> meta.put("endpoint", name));
        if (!call.earlierEndpoints().isEmpty()) {
            meta.put("endpoints_before", JsonArray.ofStrings(call.earlierEndpoints()));
        }
        putPlugin(call, meta);
        call.arrival()
                .trace()
                .ifPresent(trace -> {
                    meta.put("trace_id", trace.traceId());
                    meta.put("parent_span_id", trace.parentId());
                });
        call.arrival().callerCorrelationId().ifPresent(id -> meta.put("caller_correlation_id", id));
        call.arrival().idempotencyKey().ifPresent(key -> meta.put("idempotency_key", key));
        call.streamed().ifPresent(streamed -> meta.put("events", streamed.events()));
        if (call.effect() == Effect.UNKNOWN) {
            meta.put("effect", Effect.UNKNOWN.wire());
        }
        extra.members().forEach(meta::put);
        return meta.build();
    }

    /** Which plugin ran, by the digest of its bytes: a name alone could be another's tomorrow. */
    private static void putPlugin(Call call, JsonObject.Builder meta) {
        Optional<RouteTarget> target = call.route().map(Route::target);
        if (call.endpoint().isPresent()
                && target.isPresent()
                && target.get() instanceof RouteTarget.Plugin(LoadedPlugin plugin)) {
            meta.put("plugin", plugin.manifest().name() + " " + plugin.manifest().version());
            meta.put("plugin_sha256", plugin.sha256());
        }
    }

    /**
     * Of a refusal's details what the rule itself says, so that the record explains it later. None
     * of these comes from the caller's input.
     */
    private static JsonObject withRule(Refusal refusal, JsonObject extra) {
        JsonObject.Builder rule = JsonObject.builder();
        for (String text : RULE_TEXTS) {
            refusal.details().text(text).ifPresent(name -> rule.put(text, name));
        }
        for (String number : RULE_NUMBERS) {
            refusal.details().integer(number).ifPresent(value -> rule.put(number, value));
        }
        refusal.retryAfter().ifPresent(time -> rule.put("retry_after_ms", time.toMillis()));
        JsonObject said = rule.build();
        return said.isEmpty() ? extra : extra.with("rule", said);
    }
}
