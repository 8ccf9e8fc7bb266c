package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.module.CredentialKind;
import dev.mapsovereign.engine.request.Arrival;
import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Refusal;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * Turns a credential into a caller, or says why not. Asked at stage 2; and for calls that an
 * earlier stage or the edge refused, so that a refusal of a known caller stands in its tenant's
 * chain.
 */
public final class CallerIdentification {
    private static final Refusal NO_CREDENTIAL =
            unauthenticated(
                    "this needs a credential: an API key (Authorization: Bearer …), a signed"
                            + " request (Authorization: DidAuth … or Treaty …) or a client"
                            + " certificate");

    private final ApiKeys apiKeys;
    private final DidAuthSessions sessions;
    private final TreatyCalls treatyCalls;
    private final AgentCertificates certificates;
    private final Tenants tenants;
    private final IdentityDirectory identities;
    private final NodeIdentity node;

    /** Verifies against these. */
    public CallerIdentification(
            ApiKeys apiKeys,
            DidAuthSessions sessions,
            TreatyCalls treatyCalls,
            AgentCertificates certificates,
            Tenants tenants,
            IdentityDirectory identities,
            NodeIdentity node) {
        this.apiKeys = apiKeys;
        this.sessions = sessions;
        this.treatyCalls = treatyCalls;
        this.certificates = certificates;
        this.tenants = tenants;
        this.identities = identities;
        this.node = node;
    }

    /**
     * Looks at the credential. A signed request can be looked at only once: its nonce is used up.
     */
    public Identification identify(Arrival arrival) {
        return switch (arrival.credential()) {
            case Credential.Anonymous() -> new Identification.Nobody(NO_CREDENTIAL);
            case Credential.Malformed(String reason) -> notAccepted(reason);
            case Credential.ApiKey(String presented) -> byApiKey(arrival, presented);
            case Credential.DidAuth signed -> byDidAuth(arrival, signed);
            case Credential.Treaty shown -> byTreaty(arrival, shown);
            case Credential.ClientCertificate(X509Certificate leaf) -> byCertificate(arrival, leaf);
            case Credential.ControlSocket(String operator) -> byControlSocket(arrival, operator);
        };
    }

    private Identification byApiKey(Arrival arrival, String presented) {
        Optional<ApiKeys.Verified> key = apiKeys.verify(presented);
        if (key.isEmpty()) {
            return notAccepted("the API key is unknown, expired or revoked");
        }
        return accept(
                arrival,
                key.get().tenant(),
                key.get().did(),
                CredentialKind.API_KEY,
                key.get().id());
    }

    private Identification byDidAuth(Arrival arrival, Credential.DidAuth signed) {
        return switch (sessions.check(signed, arrival)) {
            case DidAuthSessions.Good(TenantId tenant, AgentDid did, String session) ->
                    accept(arrival, tenant, did, CredentialKind.DID_AUTH, session);
            case DidAuthSessions.Bad(Refusal refusal) ->
                    new Identification.NotAccepted(refusal.withChallenges(challenges()));
        };
    }

    private Identification byTreaty(Arrival arrival, Credential.Treaty shown) {
        return switch (treatyCalls.check(shown, arrival)) {
            case TreatyCalls.Good(TenantId tenant, AgentDid did, String treaty) ->
                    accept(arrival, tenant, did, CredentialKind.TREATY, treaty);
            case TreatyCalls.Bad(Refusal refusal) ->
                    new Identification.NotAccepted(refusal.withChallenges(challenges()));
        };
    }

    private Identification byCertificate(Arrival arrival, X509Certificate leaf) {
        return switch (certificates.check(leaf, arrival)) {
            case AgentCertificates.Good(TenantId tenant, AgentDid did, String serial) ->
                    accept(arrival, tenant, did, CredentialKind.MTLS, serial);
            case AgentCertificates.Bad(Refusal refusal) ->
                    new Identification.NotAccepted(refusal.withChallenges(challenges()));
        };
    }

    private Identification accept(
            Arrival arrival, TenantId tenant, AgentDid did, CredentialKind kind, String id) {
        Optional<String> claimed = arrival.agentDidHeader();
        if (claimed.isPresent() && !claimed.get().equals(did.text())) {
            return notAccepted("X-Agent-Did names another DID than the credential's");
        }
        if (!tenants.isActive(tenant)) {
            return notAccepted("the tenant " + tenant + " is suspended");
        }
        Optional<ResolvedIdentity> identity = identities.resolve(did);
        if (identity.isPresent() && !identity.get().usable()) {
            return notAccepted(did + " was deactivated or revoked");
        }
        return new Identification.Verified(
                new Caller(tenant, Optional.of(did), kind, id, identity));
    }

    /** An operator acts in any tenant that exists, in the node's own where none is named. */
    private Identification byControlSocket(Arrival arrival, String operator) {
        Optional<TenantId> tenant =
                tenants.find(arrival.tenantNamed().orElse(node.tenant().value()));
        if (tenant.isEmpty()) {
            return notAccepted("there is no tenant of that name");
        }
        return new Identification.Verified(
                new Caller(
                        tenant.get(),
                        node.did(),
                        CredentialKind.CONTROL_SOCKET,
                        operator,
                        Optional.empty()));
    }

    private static Identification notAccepted(String message) {
        return new Identification.NotAccepted(unauthenticated(message));
    }

    private static Refusal unauthenticated(String message) {
        return Refusal.of(ErrorCode.UNAUTHENTICATED, message).withChallenges(challenges());
    }

    private static List<String> challenges() {
        return List.of("Bearer realm=\"map\"", "DidAuth realm=\"map\"", "Treaty realm=\"map\"");
    }
}
