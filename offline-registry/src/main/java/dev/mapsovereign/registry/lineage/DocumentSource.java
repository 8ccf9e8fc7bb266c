package dev.mapsovereign.registry.lineage;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.document.OasDocument;
import java.util.Optional;

/** Where a walk finds documents. */
public interface DocumentSource {
    /**
     * What is known of one DID.
     *
     * @param status the worst that document, tree and revocation list say
     * @param document absent for a tombstone; its proof was verified by the source
     */
    record Found(EntityStatus status, Optional<OasDocument> document) {}

    /** The entry of {@code did}, or empty if the source does not know it. */
    Optional<Found> find(AgentDid did);
}
