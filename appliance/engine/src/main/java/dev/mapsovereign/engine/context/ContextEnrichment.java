package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.EnrichedRequest;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.engine.request.VersionedRequest;
import java.time.Duration;
import java.util.Optional;

/** Stage 2: who calls, for which tenant, until when. */
public final class ContextEnrichment {
    private final CallerIdentification identification;
    private final Duration callTimeout;

    /**
     * Enriches by looking at the credential.
     *
     * @param callTimeout the most that any call may take, whatever the edge allows
     */
    public ContextEnrichment(CallerIdentification identification, Duration callTimeout) {
        this.identification = identification;
        this.callTimeout = callTimeout;
    }

    /**
     * Verifies the credential and settles tenant and deadline.
     *
     * @throws RefusedException {@code unauthenticated}, {@code tenant_mismatch}
     */
    public EnrichedRequest enrich(VersionedRequest versioned) {
        Call call = versioned.call();
        call.enter(StageName.CONTEXT_ENRICHMENT);
        InboundRequest request = versioned.inbound();
        Caller caller = callerOf(versioned);
        call.identified(caller);
        if (!caller.anonymous()) {
            requireSameTenant(caller, "X-Tenant-Id", request.tenantHeader());
            requireSameTenant(caller, "tenant_id", request.envelope().tenantId());
        }
        return new EnrichedRequest(versioned, caller, request.deadline().notLaterThan(callTimeout));
    }

    private Caller callerOf(VersionedRequest versioned) {
        return switch (identification.identify(versioned.inbound())) {
            case Identification.Verified(Caller caller) -> caller;
            case Identification.Nobody(Refusal refusal) -> {
                if (!versioned.operation().spec().anonymous()) {
                    throw refused(versioned.call(), refusal);
                }
                yield Caller.ANONYMOUS;
            }
            case Identification.NotAccepted(Refusal refusal) ->
                    throw refused(versioned.call(), refusal);
        };
    }

    private static RefusedException refused(Call call, Refusal refusal) {
        // Looked at and not accepted: whoever records the refusal must not look again.
        call.notIdentified();
        return new RefusedException(refusal);
    }

    private static void requireSameTenant(Caller caller, String where, Optional<String> named) {
        if (named.isPresent() && !named.get().equals(caller.tenant().value())) {
            throw new RefusedException(
                    Refusal.of(
                            ErrorCode.TENANT_MISMATCH,
                            where
                                    + " names another tenant than the credential's, which is "
                                    + caller.tenant()
                                    + "; leave it out or use that tenant's credential"));
        }
    }
}
