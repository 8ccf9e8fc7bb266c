package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.capability.CallFacts;
import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.CredentialKind;
import dev.mapsovereign.engine.policy.PolicyGate;
import dev.mapsovereign.engine.ratelimit.SharedLimits;
import dev.mapsovereign.engine.request.AdmittedRequest;
import dev.mapsovereign.engine.request.AuthorizedRequest;
import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.EnrichedRequest;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.engine.request.VersionedRequest;
import dev.mapsovereign.engine.route.Operation;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Stage 4: whether the caller may do this. */
public final class CapabilityGate {
    private final EffectiveCapabilities effective;
    private final PolicyGate policies;
    private final Clock clock;
    private final CallQuota quota;

    /**
     * Asks for the effective set of each caller, then the policies.
     *
     * @param shared by which several nodes count calls together
     */
    public CapabilityGate(
            EffectiveCapabilities effective,
            PolicyGate policies,
            Optional<SharedLimits> shared,
            Clock clock) {
        this.effective = effective;
        this.policies = policies;
        this.quota = new CallQuota(shared);
        this.clock = clock;
    }

    /**
     * Lets the call pass when the operation is open to anybody or the caller holds its capability,
     * without terms or on terms that this call meets, and the policies in force do not refuse it.
     *
     * @throws RefusedException {@code capability_denied}; {@code rate_limited} when it may be
     *     called, but not this often; {@code policy_denied}
     */
    public AuthorizedRequest authorize(AdmittedRequest admitted) {
        EnrichedRequest request = admitted.enriched();
        request.call().enter(StageName.SECURITY_GATING);
        CapabilitySet set = setOf(request.caller());
        Operation operation = request.versioned().operation();
        Instant now = clock.instant();
        if (!operation.spec().anonymous()) {
            if (!set.allows(operation.capability(), now)) {
                requireOnTerms(request, set, now);
            }
            policies.require(request);
        }
        return new AuthorizedRequest(request, set);
    }

    private void requireOnTerms(EnrichedRequest request, CapabilitySet set, Instant now) {
        Caller caller = request.caller();
        Operation operation = request.versioned().operation();
        CapabilityName wanted = operation.capability();
        CapabilitySearch search =
                new CapabilitySearch(
                        effective,
                        caller.tenant(),
                        wanted,
                        facts(request, now),
                        way -> quota.take(caller.tenant(), way, now));
        if (caller.did().isPresent()
                && search.anyAllows(caller.did().get(), set.onTerms(wanted, now))) {
            return;
        }
        if (search.countedOut().isPresent()) {
            throw tooOften(
                    caller,
                    operation,
                    search.countedOut().get(),
                    search.untilThen().orElse(Duration.ZERO));
        }
        throw denied(caller, operation, search.unmet());
    }

    private CallFacts facts(EnrichedRequest request, Instant now) {
        VersionedRequest versioned = request.versioned();
        InboundRequest inbound = versioned.inbound();
        return effective.facts(
                request.tenant(),
                now,
                Optional.of(
                        new CallFacts.Call(
                                versioned.route().version().toString(),
                                versioned.operation().spec().readOnly(),
                                inbound.body().length,
                                inbound.envelope().input().integer(Capability.MAX_TOKENS))));
    }

    private CapabilitySet setOf(Caller caller) {
        if (caller.kind() == CredentialKind.CONTROL_SOCKET) {
            return CapabilitySet.EVERYTHING;
        }
        CapabilitySet set =
                caller.did()
                        .map(did -> effective.of(caller.tenant(), did))
                        .orElse(CapabilitySet.NOTHING);
        // The set says so already, unless the treaty ended while this call was under way.
        return caller.kind() == CredentialKind.TREATY ? set.withoutDeclared() : set;
    }

    private static RefusedException tooOften(
            Caller caller, Operation operation, CapabilitySet.Entry entry, Duration wait) {
        return new RefusedException(
                Refusal.of(
                                ErrorCode.RATE_LIMITED,
                                caller.name()
                                        + " may call "
                                        + operation.capability()
                                        + " only so often; wait "
                                        + wait.toSeconds()
                                        + " s")
                        .withDetails(
                                JsonObject.builder()
                                        .put("capability", entry.name().value())
                                        .put("terms", entry.capability().terms())
                                        .build())
                        .withRetryAfter(wait));
    }

    private static RefusedException denied(
            Caller caller, Operation operation, Optional<String> unmet) {
        return new RefusedException(
                Refusal.of(
                                ErrorCode.CAPABILITY_DENIED,
                                unmet.map(reason ->
                                                operation.capability()
                                                        + " is granted to "
                                                        + caller.name()
                                                        + " on terms: "
                                                        + reason)
                                        .orElseGet(() ->
                                                operation.capability()
                                                        + " is not granted to "
                                                        + caller.name()))
                        .withDetails(
                                JsonObject.builder()
                                        .put("capability", operation.capability().value())
                                        .build()));
    }
}
