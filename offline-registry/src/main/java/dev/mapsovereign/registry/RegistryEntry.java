package dev.mapsovereign.registry;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.snapshot.InclusionProof;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import dev.mapsovereign.registry.snapshot.Revocation;
import java.util.Optional;

/**
 * What the mirror holds of one DID. Resolving is not trusting: a deactivated or revoked identity
 * has an entry like any other, and only {@link RegistryMirror#verify} judges.
 *
 * @param did whose it is
 * @param status the worst that document, tree and revocation list say
 * @param document absent for a tombstone
 * @param proof leaf and path under the signed root, already checked
 * @param revocation its line in the newest revocation list
 * @param issue the snapshot that it was found in
 * @param revocationsNumber number of the revocation list that was asked
 */
public record RegistryEntry(
        AgentDid did,
        EntityStatus status,
        Optional<OasDocument> document,
        InclusionProof proof,
        Optional<Revocation> revocation,
        IssueDescription issue,
        long revocationsNumber) {
    /** The document's version number, or the last one's for a tombstone. */
    public long sequence() {
        return proof.leaf().sequence();
    }
}
