package dev.mapsovereign.engine.pipeline;

import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.database.DatabaseUnavailableException;
import dev.mapsovereign.engine.EngineMeters;
import dev.mapsovereign.engine.balance.LoadBalancing;
import dev.mapsovereign.engine.breaker.CircuitBreaking;
import dev.mapsovereign.engine.capability.CapabilityGate;
import dev.mapsovereign.engine.context.ContextEnrichment;
import dev.mapsovereign.engine.idempotency.IdempotencyStore;
import dev.mapsovereign.engine.idempotency.StoredAnswer;
import dev.mapsovereign.engine.ratelimit.RateLimiting;
import dev.mapsovereign.engine.request.AdmittedRequest;
import dev.mapsovereign.engine.request.AuthorizedRequest;
import dev.mapsovereign.engine.request.BalancedRequest;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.EnrichedRequest;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Outcome;
import dev.mapsovereign.engine.request.PermittedRequest;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.VersionedRequest;
import dev.mapsovereign.engine.result.FaultText;
import dev.mapsovereign.engine.result.ResultHandling;
import dev.mapsovereign.engine.router.RouterInvocation;
import dev.mapsovereign.engine.trace.Tracing;
import dev.mapsovereign.engine.version.VersionResolution;
import java.util.Optional;

/**
 * The road of a call: eight stages, eight lines. Read this first.
 *
 * <p>Each stage takes what the one before gave, so the compiler keeps the order. Any of them may
 * refuse; a refusal is thrown and caught here, in one place, and recorded like a success. The one
 * fork is a call whose idempotency key has an answer already: it has passed stage 4 again and goes
 * straight to its record.
 *
 * @param versionResolution stage 1
 * @param contextEnrichment stage 2
 * @param rateLimiting stage 3
 * @param capabilityGate stage 4
 * @param idempotency what earlier calls with the same key were answered
 * @param circuitBreaking stage 5
 * @param loadBalancing stage 6
 * @param routerInvocation stage 7
 * @param resultHandling stage 8
 * @param meters how long each stage takes
 * @param tracing the same for single calls, where somebody wants to see them
 */
public record Pipeline(
        VersionResolution versionResolution,
        ContextEnrichment contextEnrichment,
        RateLimiting rateLimiting,
        CapabilityGate capabilityGate,
        IdempotencyStore idempotency,
        CircuitBreaking circuitBreaking,
        LoadBalancing loadBalancing,
        RouterInvocation routerInvocation,
        ResultHandling resultHandling,
        EngineMeters meters,
        Tracing tracing) {
    private static final System.Logger LOG = System.getLogger(Pipeline.class.getName());

    /**
     * Takes one call all the way; its record is durable when this returns, or else its intent is
     * and the rest of the call lies in the stream.
     */
    public EngineResponse run(InboundRequest request) {
        Call call = tracing.begin(new Call(request, meters));
        boolean goesOn = false;
        try {
            VersionedRequest versioned = versionResolution.resolve(call, request);
            EnrichedRequest enriched = contextEnrichment.enrich(versioned);
            AdmittedRequest admitted = rateLimiting.admit(enriched);
            AuthorizedRequest authorized = capabilityGate.authorize(admitted);
            Optional<StoredAnswer> earlier = idempotency.look(authorized);
            if (earlier.isPresent()) {
                return resultHandling.replay(authorized, earlier.get());
            }
            PermittedRequest permitted = circuitBreaking.permit(authorized);
            BalancedRequest balanced = loadBalancing.pick(permitted);
            Outcome outcome = routerInvocation.invoke(balanced);
            return switch (outcome) {
                case Outcome.Whole whole -> resultHandling.complete(whole);
                case Outcome.Streaming streaming -> {
                    EngineResponse begun =
                            new EngineResponse.Streaming(
                                    ResultHandling.begun(call),
                                    new StreamedCall(this, call, streaming.events()));
                    goesOn = true;
                    yield begun;
                }
            };
        } catch (Throwable thrown) {
            return resultHandling.refuse(call, refusalOf(call, thrown));
        } finally {
            if (!goesOn) {
                end(call);
            }
        }
    }

    /** The call is over. */
    void end(Call call) {
        call.leave();
        tracing.end(call);
    }

    /** What is said to the caller when that was thrown. */
    static Refusal refusalOf(Call call, Throwable thrown) {
        return switch (thrown) {
            case RefusedException refused -> refused.refusal();
            case AuditUnavailableException unavailable ->
                    ResultHandling.auditUnavailable(unavailable);
            case DatabaseUnavailableException away -> {
                LOG.log(
                        System.Logger.Level.WARNING,
                        () ->
                                "call "
                                        + call.correlationId()
                                        + " needed the database: "
                                        + away.getMessage());
                yield Refusal.of(
                        ErrorCode.ADAPTER_ERROR, "the database does not answer; try again later");
            }
            default -> {
                LOG.log(
                        System.Logger.Level.ERROR,
                        () -> "call " + call.correlationId() + " failed: " + FaultText.of(thrown));
                yield Refusal.of(
                        ErrorCode.INTERNAL,
                        "something failed that should not; the node's log has it under "
                                + call.correlationId());
            }
        };
    }
}
