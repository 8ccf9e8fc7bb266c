package dev.mapsovereign.registry;

import dev.mapsovereign.registry.snapshot.InclusionProof;
import dev.mapsovereign.registry.snapshot.IssueDescription;

/**
 * What one kept snapshot says of a DID.
 *
 * @param issue the snapshot
 * @param proof the DID's leaf in it, with its way to the signed root; checked
 * @param served whether answers come from that snapshot now
 */
public record RegistryVersion(IssueDescription issue, InclusionProof proof, boolean served) {}
