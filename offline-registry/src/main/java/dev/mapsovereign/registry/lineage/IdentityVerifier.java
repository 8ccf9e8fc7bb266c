package dev.mapsovereign.registry.lineage;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.lineage.LineageVerdict.RevocationStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The whole judgement over one DID: entry, status, lineage, conformance level, capabilities.
 * Immutable and safe for use by several threads.
 */
public final class IdentityVerifier {
    private final Ed25519 ed25519;
    private final LineageVerifier lineage;
    private final Set<AgentDid> issuers;

    /**
     * A verifier.
     *
     * @param roots the roots that this site pins
     * @param issuers whose credentials lift to L2
     */
    public IdentityVerifier(
            Ed25519 ed25519, Collection<PinnedRoot> roots, Collection<AgentDid> issuers) {
        this.ed25519 = ed25519;
        this.lineage = new LineageVerifier(ed25519, roots);
        this.issuers = Set.copyOf(issuers);
    }

    /**
     * Where a judgement was made from.
     *
     * @param number the snapshot's number
     * @param age its age at {@code now}
     * @param stale whether it is too old to grade L2
     * @param now the time to judge by
     */
    public record Standing(long number, Duration age, boolean stale, Instant now) {}

    /** Judges {@code did} by the documents of {@code source}. */
    public LineageVerdict verify(AgentDid did, DocumentSource source, Standing standing) {
        Optional<DocumentSource.Found> found = source.find(did);
        RevocationStatus status =
                found.map(it -> RevocationStatus.valueOf(it.status().name()))
                        .orElse(RevocationStatus.UNKNOWN);
        LineageWalk walk = lineage.walk(did, source, standing.now());
        List<String> warnings = new ArrayList<>();
        ConformanceLevel level = level(walk, status, source, standing, warnings);
        found.flatMap(DocumentSource.Found::document)
                .ifPresent(document -> warn(document, level, warnings));
        List<Capability> capabilities =
                walk.complete()
                        ? Capabilities.narrowed(walk.documents(), standing.now())
                        : List.of();
        return new LineageVerdict(
                did,
                found.flatMap(DocumentSource.Found::document).isPresent(),
                walk.complete(),
                walk.depth(),
                walk.root(),
                status,
                level,
                walk.fault(),
                warnings,
                standing.now(),
                standing.number(),
                standing.age(),
                walk.documents(),
                capabilities);
    }

    private ConformanceLevel level(
            LineageWalk walk,
            RevocationStatus status,
            DocumentSource source,
            Standing standing,
            List<String> warnings) {
        if (status != RevocationStatus.ACTIVE || isDatedAhead(walk)) {
            return ConformanceLevel.NONE;
        }
        if (!walk.complete()) {
            return ConformanceLevel.L0;
        }
        boolean lifted = isLifted(walk.documents().getFirst(), source, standing.now(), warnings);
        if (lifted && standing.stale()) {
            warnings.add("not graded L2: the snapshot is older than registry.max_age");
            return ConformanceLevel.L1;
        }
        return lifted ? ConformanceLevel.L2 : ConformanceLevel.L1;
    }

    /** A document from the future is not valid yet; it is refused without any other effect. */
    private static boolean isDatedAhead(LineageWalk walk) {
        return walk.documents().size() == 1
                && walk.fault().filter(it -> it.kind() == LineageFault.FUTURE_DATED).isPresent();
    }

    private boolean isLifted(
            OasDocument document, DocumentSource source, Instant now, List<String> warnings) {
        if (!document.hasService()) {
            return false;
        }
        for (JsonObject json : document.credentials()) {
            ConformanceCredential credential = new ConformanceCredential(json);
            Optional<AgentDid> issuer = credential.issuer().filter(issuers::contains);
            if (issuer.isEmpty()) {
                continue;
            }
            LineageWalk walk = lineage.walk(issuer.get(), source, now);
            Optional<String> refusal =
                    walk.complete()
                            ? credential.refusal(
                                    document, walk.documents().getFirst(), now, ed25519)
                            : Optional.of("its issuer does not verify");
            if (refusal.isEmpty()) {
                return true;
            }
            warnings.add("credential of " + issuer.get() + " " + refusal.get());
        }
        return false;
    }

    private static void warn(OasDocument document, ConformanceLevel level, List<String> warnings) {
        if (!document.identifierMatchesKey()) {
            warnings.add("the identifier is a key that the document no longer lists");
        }
        document.json()
                .text("conformanceLevel")
                .filter(claim -> !level.meets(ConformanceLevel.valueOf(claim)))
                .ifPresent(claim -> warnings.add("the document claims " + claim));
    }
}
