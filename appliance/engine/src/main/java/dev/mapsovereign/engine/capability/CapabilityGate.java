package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.CredentialKind;
import dev.mapsovereign.engine.request.AdmittedRequest;
import dev.mapsovereign.engine.request.AuthorizedRequest;
import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.EnrichedRequest;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.engine.route.Operation;
import java.time.Clock;

/** Stage 4: whether the caller may do this. */
public final class CapabilityGate {
    private final EffectiveCapabilities effective;
    private final Clock clock;

    /** Asks for the effective set of each caller. */
    public CapabilityGate(EffectiveCapabilities effective, Clock clock) {
        this.effective = effective;
        this.clock = clock;
    }

    /**
     * Lets the call pass when the operation is open to anybody or the caller holds its capability.
     *
     * @throws RefusedException {@code capability_denied}
     */
    public AuthorizedRequest authorize(AdmittedRequest admitted) {
        EnrichedRequest request = admitted.enriched();
        request.call().enter(StageName.SECURITY_GATING);
        CapabilitySet set = setOf(request.caller());
        Operation operation = request.versioned().operation();
        if (!operation.spec().anonymous() && !set.allows(operation.capability(), clock.instant())) {
            throw denied(request.caller(), operation);
        }
        return new AuthorizedRequest(request, set);
    }

    private CapabilitySet setOf(Caller caller) {
        if (caller.kind() == CredentialKind.CONTROL_SOCKET) {
            return CapabilitySet.EVERYTHING;
        }
        return caller.did()
                .map(did -> effective.of(caller.tenant(), did))
                .orElse(CapabilitySet.NOTHING);
    }

    private static RefusedException denied(Caller caller, Operation operation) {
        return new RefusedException(
                Refusal.of(
                                ErrorCode.CAPABILITY_DENIED,
                                operation.capability() + " is not granted to " + caller.name())
                        .withDetails(
                                JsonObject.builder()
                                        .put("capability", operation.capability().value())
                                        .build()));
    }
}
