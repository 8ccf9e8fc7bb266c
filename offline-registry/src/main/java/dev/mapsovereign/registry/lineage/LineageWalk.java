package dev.mapsovereign.registry.lineage;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.registry.document.OasDocument;
import java.util.List;
import java.util.Optional;

/**
 * How far a walk came.
 *
 * @param documents the entity's document and its ancestors' in order, as far as they were found
 * @param fault what ended the walk before a pinned root, if anything did
 */
public record LineageWalk(List<OasDocument> documents, Optional<Fault> fault) {
    /**
     * What was wrong, and where.
     *
     * @param kind the rule
     * @param at the DID whose entry broke it
     * @param detail for people
     */
    public record Fault(LineageFault kind, AgentDid at, String detail) {
        @Override
        public String toString() {
            return kind.wire() + " at " + at + ": " + detail;
        }
    }

    public LineageWalk {
        documents = List.copyOf(documents);
    }

    /** Whether the walk reached a pinned root with every rule kept. */
    public boolean complete() {
        return fault.isEmpty();
    }

    /** Links from the entity to where the walk ended: 0 for a root itself. */
    public int depth() {
        return Math.max(0, documents.size() - 1);
    }

    /** The root that was reached. */
    public Optional<AgentDid> root() {
        return complete() ? Optional.of(documents.getLast().did()) : Optional.empty();
    }
}
