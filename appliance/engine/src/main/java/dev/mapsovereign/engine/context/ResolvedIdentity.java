package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * What the registry knows about a DID, verified before it got here.
 *
 * @param did the DID itself
 * @param keys its current Ed25519 keys
 * @param active false once it was deactivated; that is final
 * @param revoked whether it or an ancestor was revoked
 * @param humanRoot the human at the end of its lineage
 * @param conformanceLevel 0, 1 or 2
 * @param capabilities what its document declares
 * @param lineageVerified whether every link up to a pinned root was verified
 * @param document the document itself
 */
public record ResolvedIdentity(
        AgentDid did,
        List<VerificationKey> keys,
        boolean active,
        boolean revoked,
        Optional<AgentDid> humanRoot,
        int conformanceLevel,
        List<Capability> capabilities,
        boolean lineageVerified,
        JsonObject document) {

    /** Copies the lists and refuses an unknown level. */
    public ResolvedIdentity {
        if (conformanceLevel < 0 || conformanceLevel > 2) {
            throw new IllegalArgumentException(
                    "conformance level " + conformanceLevel + " is not 0, 1 or 2");
        }
        keys = List.copyOf(keys);
        capabilities = List.copyOf(capabilities);
    }

    /** Whether it may act at all. */
    public boolean usable() {
        return active && !revoked;
    }
}
