package dev.mapsovereign.registry.lineage;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.document.Lineage;
import dev.mapsovereign.registry.document.LineageProof;
import dev.mapsovereign.registry.document.OasDocument;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Walks from a document to the root that answers for it, by signatures alone
 * (docs/reference/did-document.md). At each link the parent's current key must have signed that
 * child key and DID belong together, and the child's document must be signed by that very key:
 * without the second rule, whoever copies a public lineage proof could add a key of his own.
 *
 * <p>Keys are never derived: what can be derived from public data, anybody can derive. Immutable
 * and safe for use by several threads.
 */
public final class LineageVerifier {
    /** Which kinds may create which; a kind that is missing here may be created by any. */
    private static final Map<EntityKind, Set<EntityKind>> PARENTS =
            Map.of(
                    EntityKind.ENTITY_NAME_RECORD,
                    Set.of(EntityKind.HUMAN_ROOT, EntityKind.MULTI_HUMAN_ROOT),
                    EntityKind.AUTONOMOUS_ORGANIZATION,
                    Set.of(EntityKind.ENTITY_NAME_RECORD, EntityKind.MULTI_HUMAN_ROOT),
                    EntityKind.AGENT,
                    Set.of(
                            EntityKind.HUMAN_ROOT,
                            EntityKind.MULTI_HUMAN_ROOT,
                            EntityKind.ENTITY_NAME_RECORD,
                            EntityKind.AUTONOMOUS_ORGANIZATION,
                            EntityKind.AGENT),
                    EntityKind.AGENT_INSTANCE,
                    Set.of(EntityKind.AGENT),
                    EntityKind.TOOL,
                    Set.of(EntityKind.AGENT, EntityKind.SERVICE),
                    EntityKind.SKILL,
                    Set.of(EntityKind.AGENT, EntityKind.ENTITY_NAME_RECORD),
                    EntityKind.WORKFLOW,
                    Set.of(
                            EntityKind.AGENT,
                            EntityKind.AUTONOMOUS_ORGANIZATION,
                            EntityKind.ENTITY_NAME_RECORD));

    private final Ed25519 ed25519;
    private final Map<AgentDid, PinnedRoot> roots;

    /** A verifier that trusts {@code roots} and nothing else. */
    public LineageVerifier(Ed25519 ed25519, Collection<PinnedRoot> roots) {
        this.ed25519 = ed25519;
        this.roots =
                roots.stream()
                        .collect(
                                Collectors.toUnmodifiableMap(PinnedRoot::did, Function.identity()));
    }

    /** Walks from {@code did} up; {@code now} judges what is dated in the future. */
    public LineageWalk walk(AgentDid did, DocumentSource source, Instant now) {
        List<OasDocument> documents = new ArrayList<>();
        Set<AgentDid> seen = new HashSet<>();
        AgentDid next = did;
        while (true) {
            Step step = step(next, documents, seen, source, now);
            switch (step) {
                case Step.Broken broken -> {
                    return new LineageWalk(documents, Optional.of(broken.fault()));
                }
                case Step.AtRoot ignored -> {
                    return finished(documents);
                }
                case Step.Up up -> next = up.parent();
            }
        }
    }

    private sealed interface Step {
        record Broken(LineageWalk.Fault fault) implements Step {}

        record AtRoot() implements Step {}

        record Up(AgentDid parent) implements Step {}
    }

    private static Step.Broken broken(LineageFault kind, AgentDid at, String detail) {
        return new Step.Broken(new LineageWalk.Fault(kind, at, detail));
    }

    private Step step(
            AgentDid did,
            List<OasDocument> documents,
            Set<AgentDid> seen,
            DocumentSource source,
            Instant now) {
        if (!seen.add(did)) {
            return broken(LineageFault.LINEAGE_CYCLE, did, "the walk comes here a second time");
        }
        if (documents.size() > Limits.LINEAGE_DEPTH_MAX) {
            return broken(
                    LineageFault.LINEAGE_DEPTH,
                    did,
                    "more than " + Limits.LINEAGE_DEPTH_MAX + " links");
        }
        Optional<DocumentSource.Found> found = source.find(did);
        if (found.isEmpty()) {
            return broken(LineageFault.NOT_FOUND, did, "no document here");
        }
        EntityStatus status = found.get().status();
        if (status != EntityStatus.ACTIVE || found.get().document().isEmpty()) {
            LineageFault fault = LineageFault.ofStatus(status, !documents.isEmpty());
            return broken(fault, did, "its status is " + status.wire());
        }
        OasDocument document = found.get().document().get();
        if (!documents.isEmpty()) {
            Optional<Step.Broken> link = checkLink(documents.getLast(), document);
            if (link.isPresent()) {
                return link.get();
            }
        }
        documents.add(document);
        return above(document, now);
    }

    /** What follows from a document: the end at a pinned root, or the parent that it names. */
    private Step above(OasDocument document, Instant now) {
        AgentDid did = document.did();
        if (document.created().filter(time -> isFuture(time, now)).isPresent()) {
            return broken(
                    LineageFault.FUTURE_DATED, did, "born at " + document.created().orElseThrow());
        }
        PinnedRoot pinned = roots.get(did);
        if (pinned != null) {
            return pinned.keys().containsAll(document.signers())
                    ? new Step.AtRoot()
                    : broken(LineageFault.ROOT_KEY, did, "signed by a key that is not pinned");
        }
        if (did.kind().isHumanRoot()) {
            return broken(LineageFault.ROOT_NOT_PINNED, did, "this site does not pin this root");
        }
        Optional<Lineage> lineage = document.lineage();
        if (lineage.isEmpty() || lineage.get().proof().isEmpty()) {
            return did.kind().isRoot()
                    ? broken(LineageFault.ROOT_NOT_PINNED, did, "neither pinned nor with a lineage")
                    : broken(
                            LineageFault.LINEAGE_MISSING, did, "the document has no lineage proof");
        }
        return checkOwnProof(document, lineage.get(), lineage.get().proof().get(), now);
    }

    /** What can be judged of a lineage proof without the parent's document. */
    private Step checkOwnProof(
            OasDocument document, Lineage lineage, LineageProof proof, Instant now) {
        AgentDid did = document.did();
        if (!lineage.agreesWithItself() || !proof.creator().equals(lineage.creator())) {
            return broken(
                    LineageFault.LINEAGE_CLAIM, did, "creator, root, chain and generation differ");
        }
        if (isFuture(proof.created(), now)) {
            return broken(LineageFault.FUTURE_DATED, did, "lineage proof of " + proof.created());
        }
        if (!document.signers().equals(Set.of(proof.childKey()))) {
            return broken(
                    LineageFault.CHILD_KEY,
                    did,
                    "the document is not signed by the key that the parent vouches for");
        }
        if (!proof.verifies(did, ed25519)) {
            return broken(
                    LineageFault.LINEAGE_SIGNATURE, did, "the parent's signature does not verify");
        }
        return new Step.Up(lineage.creator());
    }

    private static boolean isFuture(Instant time, Instant now) {
        return time.isAfter(now.plus(Limits.DOCUMENT_TIME_AHEAD_MAX));
    }

    /** What must hold between a child, whose proof was checked, and its parent's document. */
    private static Optional<Step.Broken> checkLink(OasDocument child, OasDocument parent) {
        LineageProof proof = child.lineage().flatMap(Lineage::proof).orElseThrow();
        Set<EntityKind> allowed = PARENTS.get(child.kind());
        if (allowed != null && !allowed.contains(parent.kind())) {
            return Optional.of(
                    broken(
                            LineageFault.PARENT_KIND,
                            child.did(),
                            parent.kind().token() + " may not create " + child.kind().token()));
        }
        if (parent.assertion().stream().noneMatch(key -> key.key().equals(proof.parentKey()))) {
            return Optional.of(
                    broken(
                            LineageFault.PARENT_KEY,
                            child.did(),
                            "signed by "
                                    + proof.parentKey()
                                    + ", no current key of "
                                    + parent.did()));
        }
        return checkTimes(child, parent, proof);
    }

    /**
     * Births are compared, and the proof with the parent's birth. Proofs are not compared with each
     * other: a grandparent that rotates its key signs the parent anew, later than the child's
     * proof.
     */
    private static Optional<Step.Broken> checkTimes(
            OasDocument child, OasDocument parent, LineageProof proof) {
        if (child.created().isEmpty() || parent.created().isEmpty()) {
            AgentDid without = child.created().isEmpty() ? child.did() : parent.did();
            return Optional.of(
                    broken(LineageFault.LINEAGE_TIME, without, "metadata.created is missing"));
        }
        Instant born = parent.created().get();
        if (child.created().get().isBefore(born) || proof.created().isBefore(born)) {
            return Optional.of(
                    broken(
                            LineageFault.LINEAGE_TIME,
                            child.did(),
                            "older than its parent, which was born at " + born));
        }
        return Optional.empty();
    }

    /** At the root: every document's claim about its chain must be the chain that was walked. */
    private static LineageWalk finished(List<OasDocument> documents) {
        List<AgentDid> walked = documents.stream().map(OasDocument::did).toList();
        for (int i = 0; i < documents.size() - 1; i++) {
            OasDocument document = documents.get(i);
            List<AgentDid> claimed = document.lineage().orElseThrow().chain();
            List<AgentDid> actual = walked.subList(i + 1, walked.size());
            // An enterprise that is pinned itself ends the walk below the root that it claims.
            boolean prefix =
                    claimed.size() >= actual.size()
                            && claimed.subList(0, actual.size()).equals(actual);
            boolean ends =
                    claimed.size() == actual.size() || documents.getLast().lineage().isPresent();
            if (!prefix || !ends) {
                return new LineageWalk(
                        documents,
                        Optional.of(
                                new LineageWalk.Fault(
                                        LineageFault.LINEAGE_CLAIM,
                                        document.did(),
                                        "claims the chain " + claimed + ", walked " + actual)));
            }
        }
        return new LineageWalk(documents, Optional.empty());
    }
}
