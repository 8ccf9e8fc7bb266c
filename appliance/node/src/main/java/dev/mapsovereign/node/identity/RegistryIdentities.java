package dev.mapsovereign.node.identity;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.context.IdentityDirectory;
import dev.mapsovereign.engine.context.ResolvedIdentity;
import dev.mapsovereign.engine.context.VerificationKey;
import dev.mapsovereign.registry.RegistryMirror;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.lineage.ConformanceLevel;
import dev.mapsovereign.registry.lineage.LineageVerdict;
import java.util.List;
import java.util.Optional;

/** The engine's view of the registry mirror: what the mirror verified, in the engine's words. */
public final class RegistryIdentities implements IdentityDirectory {
    private final RegistryMirror mirror;

    /** Identities of {@code mirror}. */
    public RegistryIdentities(RegistryMirror mirror) {
        this.mirror = mirror;
    }

    @Override
    public Optional<ResolvedIdentity> resolve(AgentDid did) {
        LineageVerdict verdict = mirror.verify(did);
        if (verdict.revocationStatus() == LineageVerdict.RevocationStatus.UNKNOWN) {
            return Optional.empty();
        }
        Optional<OasDocument> document = verdict.document();
        return Optional.of(
                new ResolvedIdentity(
                        did,
                        document.map(RegistryIdentities::keys).orElse(List.of()),
                        verdict.revocationStatus() == LineageVerdict.RevocationStatus.ACTIVE,
                        // Whoever stands in the registry and cannot be verified there (a tombstone,
                        // a revoked ancestor, a broken lineage) acts no more, whatever key it has.
                        !verdict.signatureValid() || !verdict.lineageValid(),
                        verdict.humanRoot(),
                        level(verdict.conformanceLevel()),
                        verdict.capabilities(),
                        verdict.lineageValid(),
                        document.map(OasDocument::json).orElse(JsonObject.EMPTY)));
    }

    private static int level(ConformanceLevel level) {
        return switch (level) {
            case NONE, L0 -> 0;
            case L1 -> 1;
            case L2 -> 2;
        };
    }

    private static List<VerificationKey> keys(OasDocument document) {
        return document.authentication().stream()
                .map(method -> new VerificationKey(method.id(), method.publicKey()))
                .toList();
    }
}
