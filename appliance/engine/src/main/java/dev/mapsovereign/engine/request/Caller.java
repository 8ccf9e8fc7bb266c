package dev.mapsovereign.engine.request;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.context.ResolvedIdentity;
import dev.mapsovereign.engine.module.CredentialKind;
import java.util.Optional;

/**
 * Who calls, verified.
 *
 * @param tenant the credential's tenant; {@link TenantId#NODE} for anonymous callers
 * @param did the credential's DID; empty for anonymous callers
 * @param kind how it was verified
 * @param credentialId which credential, without its secret; empty for anonymous callers
 * @param identity what the registry knows about the DID; empty when it knows nothing
 */
public record Caller(
        TenantId tenant,
        Optional<AgentDid> did,
        CredentialKind kind,
        String credentialId,
        Optional<ResolvedIdentity> identity) {
    /** Somebody without credential, at an operation that needs none. */
    public static final Caller ANONYMOUS =
            new Caller(
                    TenantId.NODE,
                    Optional.empty(),
                    CredentialKind.ANONYMOUS,
                    "",
                    Optional.empty());

    /** Whether nobody knows who this is. */
    public boolean anonymous() {
        return kind == CredentialKind.ANONYMOUS;
    }

    /** The DID's text, or what stands for it where rows need a name. */
    public String name() {
        return did.isPresent() ? did.get().text() : kind.wire() + ":" + credentialId;
    }
}
