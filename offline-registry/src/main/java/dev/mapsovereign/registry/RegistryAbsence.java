package dev.mapsovereign.registry;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.registry.snapshot.AbsenceProof;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import dev.mapsovereign.registry.snapshot.Leaf;

/**
 * That the mirror holds nothing of one DID.
 *
 * @param did whose it is
 * @param proof the neighbours of the place where it would stand
 * @param issue the snapshot that has no place for it
 */
public record RegistryAbsence(AgentDid did, AbsenceProof proof, IssueDescription issue) {
    /** Whether the proof holds under the root that the publisher signed. */
    public boolean verifies() {
        return proof.verifies(Leaf.keyOf(did), issue.treeSize(), issue.treeRoot());
    }
}
