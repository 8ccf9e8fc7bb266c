package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.module.CredentialKind;
import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.EnrichedRequest;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.TraceParent;
import dev.mapsovereign.engine.request.VersionedRequest;
import java.time.Clock;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The second half of stage 4: whether the policies in force let a call pass that the caller's
 * capability allows. Costs one look at a field while no policy is active. Safe for use by several
 * threads.
 */
public final class PolicyGate {
    private final Policies policies;
    private final Set<String> jurisdictions;
    private final Clock clock;

    /** Asks those policies, on a site in those jurisdictions. */
    public PolicyGate(Policies policies, Set<String> jurisdictions, Clock clock) {
        this.policies = policies;
        this.jurisdictions = Set.copyOf(jurisdictions);
        this.clock = clock;
    }

    /**
     * Lets the call pass unless the site's policies or the tenant's refuse it.
     *
     * @throws RefusedException {@code policy_denied}, naming the policy
     */
    public void require(EnrichedRequest request) {
        ActivePolicies current = policies.current();
        if (current.isEmpty()) {
            return;
        }
        PolicyCall call = call(request);
        PolicyVerdict last = current.judge(call).getLast();
        if (!last.outcome().allowed()) {
            throw new RefusedException(
                    Refusal.of(
                                    ErrorCode.POLICY_DENIED,
                                    last.sentence(call.operation(), request.caller().name()))
                            .withDetails(last.details(call.operation())));
        }
    }

    private PolicyCall call(EnrichedRequest request) {
        VersionedRequest versioned = request.versioned();
        InboundRequest inbound = versioned.inbound();
        return new PolicyCall(
                request.tenant(),
                principal(request.caller()),
                versioned.operation().capability(),
                versioned.route().protocol(),
                versioned.operation().spec().readOnly(),
                inbound.envelope().input(),
                new PolicyCall.Circumstances(
                        clock.instant(),
                        jurisdictions,
                        Optional.of(versioned.route().version().toString()),
                        Optional.of(request.caller().kind().wire()),
                        Optional.of(inbound.origin().source()),
                        inbound.trace().map(TraceParent::traceId),
                        OptionalLong.of(inbound.body().length)));
    }

    private static PolicyCall.Principal principal(Caller caller) {
        return caller.kind() == CredentialKind.CONTROL_SOCKET
                ? new PolicyCall.Principal.Operator(caller.credentialId())
                : caller.did()
                        .<PolicyCall.Principal>map(
                                did -> new PolicyCall.Principal.Agent(did, caller.identity()))
                        .orElseGet(() -> new PolicyCall.Principal.Operator(caller.name()));
    }
}
